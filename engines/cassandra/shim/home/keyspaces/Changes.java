package home.keyspaces;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.cassandra.cql3.QueryOptions;
import org.apache.cassandra.cql3.statements.ModificationStatement;
import org.apache.cassandra.exceptions.UnauthorizedException;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.service.ClientState;

/** What one request changes: each row is looked at, but IAM and the home are asked once for a table, and a partition's rows count together. */
final class Changes {
    private final Caller caller;
    private final Map<TableId, Tables.Table> tables = new HashMap<>(2);
    private final Map<List<Object>, Long> units = new HashMap<>(2);

    Changes(Caller caller) {
        this.caller = caller;
    }

    /** One statement more, or what Keyspaces says against it. `length` is that of its text, where its values stand in it. */
    void add(ModificationStatement change, QueryOptions options, ClientState client, int length) {
        Refusals.attributes(change, options, tables.computeIfAbsent(change.metadata().id, any -> allowed(change)));
        long bytes = length;
        for (ByteBuffer value : options.getValues()) {
            bytes += value == null ? 0 : value.remaining();
        }
        Refusals.size(bytes);
        for (ByteBuffer partition : change.buildPartitionKeyNames(options, client)) {
            units.merge(List.of(change.metadata().id, partition.duplicate()), Math.max(1, (bytes + 1023) / 1024), Long::sum);
        }
    }

    /** Take what all of it costs from what its partitions bear. */
    void count() {
        units.forEach(Rates::write);
    }

    private Tables.Table allowed(ModificationStatement change) {
        if (Resources.isSystem(change.keyspace())) {
            throw new UnauthorizedException(change.keyspace() + " keyspace is not user-modifiable.");
        }
        Home.require(caller, "cassandra:Modify", Resources.table(change.keyspace(), change.table()));
        return Tables.usable(change.keyspace(), change.table());
    }
}
