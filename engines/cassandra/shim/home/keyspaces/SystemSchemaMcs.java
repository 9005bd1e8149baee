package home.keyspaces;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.cassandra.db.marshal.BooleanType;
import org.apache.cassandra.db.marshal.Int32Type;
import org.apache.cassandra.db.marshal.MapType;
import org.apache.cassandra.db.marshal.TimestampType;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.db.virtual.AbstractVirtualTable;
import org.apache.cassandra.db.virtual.SimpleDataSet;
import org.apache.cassandra.db.virtual.VirtualKeyspace;
import org.apache.cassandra.db.virtual.VirtualKeyspaceRegistry;
import org.apache.cassandra.dht.LocalPartitioner;
import org.apache.cassandra.schema.TableMetadata;

/** The keyspace in which Keyspaces tells the states and properties of keyspaces and tables. */
public final class SystemSchemaMcs {
    private static final String NAME = "system_schema_mcs";
    private static final MapType<String, String> TEXTS = MapType.getInstance(UTF8Type.instance, UTF8Type.instance, false);
    private static final MapType<String, Map<String, String>> PROPERTIES = MapType.getInstance(UTF8Type.instance, TEXTS, false);

    private SystemSchemaMcs() {}

    public static void register() {
        VirtualKeyspaceRegistry.instance.register(new VirtualKeyspace(NAME, List.of(keyspaces(), tables())));
    }

    private static AbstractVirtualTable keyspaces() {
        TableMetadata shape = shape("keyspaces")
                .addPartitionKeyColumn("keyspace_name", UTF8Type.instance)
                .addRegularColumn("durable_writes", BooleanType.instance)
                .addRegularColumn("replication", TEXTS)
                .addRegularColumn("status", UTF8Type.instance)
                .build();
        return new Told(shape, "keyspaces", (each, data) -> data.row(each.get("keyspace").asText())
                .column("durable_writes", true)
                .column("replication", Map.of("class", "com.amazonaws.cassandra.SingleRegionStrategy"))
                .column("status", each.get("status").asText()));
    }

    private static AbstractVirtualTable tables() {
        TableMetadata shape = shape("tables")
                .addPartitionKeyColumn("keyspace_name", UTF8Type.instance)
                .addClusteringColumn("table_name", UTF8Type.instance)
                .addRegularColumn("status", UTF8Type.instance)
                .addRegularColumn("creation_time", TimestampType.instance)
                .addRegularColumn("custom_properties", PROPERTIES)
                .addRegularColumn("default_time_to_live", Int32Type.instance)
                .build();
        return new Told(shape, "tables", (each, data) -> data.row(each.get("keyspace").asText(), each.get("table").asText())
                .column("status", each.get("status").asText())
                .column("creation_time", new Date(each.get("created").asLong()))
                .column("custom_properties", properties(each.get("properties")))
                .column("default_time_to_live", each.get("default_ttl").asInt()));
    }

    private static Map<String, Map<String, String>> properties(JsonNode given) {
        Map<String, Map<String, String>> all = new HashMap<>();
        given.fields().forEachRemaining(property -> {
            Map<String, String> values = new HashMap<>();
            property.getValue().fields().forEachRemaining(value -> values.put(value.getKey(), value.getValue().asText()));
            all.put(property.getKey(), values);
        });
        return all;
    }

    private static TableMetadata.Builder shape(String table) {
        return TableMetadata.builder(NAME, table)
                .kind(TableMetadata.Kind.VIRTUAL)
                .partitioner(new LocalPartitioner(UTF8Type.instance));
    }

    /** A table whose rows the home tells. */
    private static final class Told extends AbstractVirtualTable {
        private final String what;
        private final BiConsumer<JsonNode, SimpleDataSet> row;

        Told(TableMetadata shape, String what, BiConsumer<JsonNode, SimpleDataSet> row) {
            super(shape);
            this.what = what;
            this.row = row;
        }

        @Override
        public DataSet data() {
            SimpleDataSet data = new SimpleDataSet(metadata());
            Tables.current();
            Tables.all.get(what).forEach(each -> row.accept(each, data));
            return data;
        }
    }
}
