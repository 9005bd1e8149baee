package home.keyspaces;

import java.util.HashMap;
import java.util.Map;
import org.apache.cassandra.audit.AuditLogContext;
import org.apache.cassandra.cql3.statements.schema.AlterSchemaStatement;
import org.apache.cassandra.transport.Event.SchemaChange;
import org.apache.cassandra.transport.messages.ResultMessage;

/** Changes of keyspaces and tables by CQL: the home carries them out, as it does those of the control plane. */
final class Definitions {
    private static final Map<String, SchemaChange.Change> CHANGES = Map.of(
            "CREATE", SchemaChange.Change.CREATED, "ALTER", SchemaChange.Change.UPDATED, "DROP", SchemaChange.Change.DROPPED);

    private Definitions() {}

    static ResultMessage carryOut(Caller caller, AlterSchemaStatement statement, Definition definition) {
        AuditLogContext about = statement.getAuditLogContext();
        String[] kind = about.auditLogEntryType.name().split("_", 2);
        boolean table = kind[1].equals("TABLE");
        String resource = table ? Resources.table(about.keyspace, about.scope) : Resources.keyspace(about.keyspace);
        Home.require(caller, "cassandra:" + capital(kind[0]), resource);
        Map<String, Object> change = new HashMap<>();
        change.put("key", caller.key);
        change.put("kind", kind[0] + ' ' + kind[1]);
        change.put("keyspace", about.keyspace);
        change.put("table", table ? about.scope : "");
        change.put("cql", definition.plain());
        change.put("properties", definition.properties());
        Home.change(change);
        Tables.forget();
        SchemaChange.Change done = CHANGES.get(kind[0]);
        return new ResultMessage.SchemaChange(
                table ? new SchemaChange(done, SchemaChange.Target.TABLE, about.keyspace, about.scope) : new SchemaChange(done, about.keyspace));
    }

    private static String capital(String word) {
        return word.charAt(0) + word.substring(1).toLowerCase(java.util.Locale.ROOT);
    }
}
