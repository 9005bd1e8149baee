package home.keyspaces;

import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.cassandra.cql3.QueryOptions;
import org.apache.cassandra.cql3.statements.BatchStatement;
import org.apache.cassandra.cql3.statements.ModificationStatement;
import org.apache.cassandra.cql3.statements.SelectStatement;
import org.apache.cassandra.cql3.statements.schema.AlterSchemaStatement;
import org.apache.cassandra.db.ConsistencyLevel;
import org.apache.cassandra.exceptions.InvalidRequestException;

/** What Cassandra does and Amazon Keyspaces does not. */
final class Refusals {
    static final int MOST_UNLOGGED = 30;
    static final int MOST_LOGGED = 100;
    static final int MOST_BYTES = 1 << 20;
    private static final Set<String> DEFINITIONS =
            Set.of("CREATE_KEYSPACE", "ALTER_KEYSPACE", "DROP_KEYSPACE", "CREATE_TABLE", "ALTER_TABLE", "DROP_TABLE");
    private static final Set<ConsistencyLevel> READS =
            EnumSet.of(ConsistencyLevel.ONE, ConsistencyLevel.LOCAL_ONE, ConsistencyLevel.LOCAL_QUORUM);
    private static final Pattern UNSUPPORTED = Pattern.compile(
            "(?is)\\s*(TRUNCATE|CREATE\\s+(CUSTOM\\s+)?INDEX|DROP\\s+INDEX|CREATE\\s+MATERIALIZED\\s+VIEW|ALTER\\s+MATERIALIZED\\s+VIEW"
                    + "|DROP\\s+MATERIALIZED\\s+VIEW|CREATE\\s+(OR\\s+REPLACE\\s+)?(FUNCTION|AGGREGATE)|DROP\\s+(FUNCTION|AGGREGATE)"
                    + "|CREATE\\s+TRIGGER|DROP\\s+TRIGGER|CREATE\\s+(ROLE|USER)|ALTER\\s+(ROLE|USER)|DROP\\s+(ROLE|USER)|GRANT|REVOKE"
                    + "|LIST|DESC|DESCRIBE|CREATE\\s+TYPE|ALTER\\s+TYPE|DROP\\s+TYPE)\\b.*");
    private static final Pattern DEFINES = Pattern.compile("(?is)\\s*(CREATE|ALTER|DROP)\\b.*");
    private static final Pattern PER_PARTITION = Pattern.compile("(?is)\\s*SELECT\\b.*\\bPER\\s+PARTITION\\s+LIMIT\\b.*");

    private Refusals() {}

    static InvalidRequestException unsupported(String what) {
        return new InvalidRequestException(what + " is not yet supported.");
    }

    /** By what a statement begins with: also those that name something that is not there. */
    static void text(String text) {
        var found = UNSUPPORTED.matcher(text);
        if (found.matches()) {
            throw unsupported(found.group(1).toUpperCase(java.util.Locale.ROOT).replaceAll("\\s+", " "));
        }
        if (PER_PARTITION.matcher(text).matches()) {
            throw unsupported("PER PARTITION LIMIT");
        }
    }

    static void preparing(String text) {
        if (DEFINES.matcher(text).matches()) {
            throw unsupported("Preparing DDL statements");
        }
    }

    static void definition(AlterSchemaStatement statement) {
        var about = statement.getAuditLogContext();
        if (!DEFINITIONS.contains(about.auditLogEntryType.name())) {
            throw unsupported(about.auditLogEntryType.name().replace('_', ' '));
        }
        if (Resources.isSystem(about.keyspace)) {
            throw new InvalidRequestException(about.keyspace + " keyspace is not user-modifiable.");
        }
    }

    static void consistency(ConsistencyLevel level) {
        if (level != ConsistencyLevel.LOCAL_QUORUM) {
            throw consistency(level, "LOCAL_QUORUM");
        }
    }

    private static InvalidRequestException consistency(ConsistencyLevel level, String supported) {
        return new InvalidRequestException(
                "Consistency level " + level + " is not supported for this operation. Supported consistency levels are: " + supported);
    }

    static void select(SelectStatement select, ConsistencyLevel level) {
        if (!READS.contains(level)) {
            throw consistency(level, "ONE, LOCAL_ONE, LOCAL_QUORUM");
        }
        if (Resources.isCassandrasOwn(select.keyspace())) {
            throw new InvalidRequestException("Keyspace '" + select.keyspace() + "' does not exist");
        }
        if (Resources.isSystem(select.keyspace())) {
            return;
        }
        if (select.getSelection().isAggregate()) {
            throw unsupported("Aggregate function");
        }
        if (select.parameters.isDistinct) {
            throw unsupported("DISTINCT");
        }
        if (!select.parameters.groups.isEmpty()) {
            throw unsupported("GROUP BY");
        }
    }

    static void batch(BatchStatement batch, ConsistencyLevel level) {
        consistency(level);
        int most = batch.type == BatchStatement.Type.LOGGED ? MOST_LOGGED : MOST_UNLOGGED;
        int found = batch.getStatements().size();
        if (found > most) {
            throw new InvalidRequestException("Batch of " + found + " statements: " + batch.type + " batches hold at most " + most);
        }
    }

    /** USING TIMESTAMP and USING TTL are only there where the table says so. */
    static void attributes(ModificationStatement change, QueryOptions options, Tables.Table table) {
        if (change.isTimestampSet() && !table.timestamps()) {
            throw new InvalidRequestException("Client-side timestamps are not enabled for table " + change.table());
        }
        if (!table.ttl() && change.getTimeToLive(options) > 0) {
            throw new InvalidRequestException("TTL is not enabled for table " + change.table());
        }
    }

    static void size(long bytes) {
        if (bytes > MOST_BYTES) {
            throw new InvalidRequestException("The size of a row is at most 1 MB; these values have " + bytes + " bytes");
        }
    }
}
