package home.keyspaces;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.cassandra.cql3.BatchQueryOptions;
import org.apache.cassandra.cql3.CQLStatement;
import org.apache.cassandra.cql3.QueryHandler;
import org.apache.cassandra.cql3.QueryOptions;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.statements.BatchStatement;
import org.apache.cassandra.cql3.statements.ModificationStatement;
import org.apache.cassandra.cql3.statements.SelectStatement;
import org.apache.cassandra.cql3.statements.UseStatement;
import org.apache.cassandra.cql3.statements.schema.AlterSchemaStatement;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.service.ClientState;
import org.apache.cassandra.service.QueryState;
import org.apache.cassandra.transport.Dispatcher;
import org.apache.cassandra.transport.messages.ResultMessage;
import org.apache.cassandra.utils.MD5Digest;

/** Cassandra that asks IAM, and refuses what Amazon Keyspaces refuses (-Dcassandra.custom_query_handler_class). */
public final class Handler implements QueryHandler {
    private static final QueryProcessor CASSANDRA = QueryProcessor.instance;
    /** What a client sent, from parsing it until it is carried out on the same thread. */
    private static final ThreadLocal<Definition> TEXT = new ThreadLocal<>();

    @Override
    public CQLStatement parse(String text, QueryState state, QueryOptions options) {
        if (state.getClientState().isInternal) {
            return CASSANDRA.parse(text, state, options);
        }
        Refusals.text(text);
        Definition read = Definition.of(text);
        TEXT.set(read);
        return CASSANDRA.parse(read.plain(), state, options);
    }

    @Override
    public ResultMessage.Prepared prepare(String text, ClientState client, Map<String, ByteBuffer> payload) {
        if (!client.isInternal) {
            Refusals.text(text);
            Refusals.preparing(text);
        }
        return CASSANDRA.prepare(text, client, payload);
    }

    @Override
    public QueryHandler.Prepared getPrepared(MD5Digest id) {
        return CASSANDRA.getPrepared(id);
    }

    @Override
    public ResultMessage process(
            CQLStatement statement, QueryState state, QueryOptions options, Map<String, ByteBuffer> payload, Dispatcher.RequestTime time) {
        if (!state.getClientState().isInternal) {
            if (statement instanceof AlterSchemaStatement definition) {
                Refusals.definition(definition);
                return Definitions.carryOut(caller(state), definition, TEXT.get());
            }
            check(statement, state, options, TEXT.get().plain().length());
        }
        return CASSANDRA.process(statement, state, options, payload, time);
    }

    @Override
    public ResultMessage processPrepared(
            CQLStatement statement, QueryState state, QueryOptions options, Map<String, ByteBuffer> payload, Dispatcher.RequestTime time) {
        if (!state.getClientState().isInternal) {
            check(statement, state, options, 0);
        }
        return CASSANDRA.processPrepared(statement, state, options, payload, time);
    }

    @Override
    public ResultMessage processBatch(
            BatchStatement batch, QueryState state, BatchQueryOptions options, Map<String, ByteBuffer> payload, Dispatcher.RequestTime time) {
        ClientState client = state.getClientState();
        if (!client.isInternal) {
            Rates.query(client.getRemoteAddress(), true);
            Refusals.batch(batch, options.getConsistency());
            Changes changes = new Changes(caller(state));
            List<ModificationStatement> statements = batch.getStatements();
            for (int i = 0; i < statements.size(); i++) {
                changes.add(statements.get(i), options.forStatement(i), client, 0);
            }
            changes.count();
        }
        return CASSANDRA.processBatch(batch, state, options, payload, time);
    }

    private static void check(CQLStatement statement, QueryState state, QueryOptions options, int length) {
        ClientState client = state.getClientState();
        Rates.query(client.getRemoteAddress(), statement instanceof ModificationStatement || statement instanceof BatchStatement);
        if (statement instanceof SelectStatement select) {
            Refusals.select(select, options.getConsistency());
            Home.require(caller(state), "cassandra:Select", Resources.table(select.keyspace(), select.table()));
            if (!Resources.isSystem(select.keyspace())) {
                Tables.usable(select.keyspace(), select.table());
            }
        } else if (statement instanceof ModificationStatement change) {
            Refusals.consistency(options.getConsistency());
            Changes changes = new Changes(caller(state));
            changes.add(change, options, client, length);
            changes.count();
        } else if (statement instanceof BatchStatement batch) {
            Refusals.batch(batch, options.getConsistency());
            Changes changes = new Changes(caller(state));
            for (ModificationStatement change : batch.getStatements()) {
                changes.add(change, options, client, length / batch.getStatements().size());
            }
            changes.count();
        } else if (!(statement instanceof UseStatement)) {
            throw Refusals.unsupported(statement.getClass().getSimpleName().replace("Statement", ""));
        }
    }

    private static Caller caller(QueryState state) {
        if (state.getClientState().getUser() instanceof Caller caller) {
            return caller;
        }
        throw new InvalidRequestException("nobody has logged in");
    }
}
