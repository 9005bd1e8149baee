package home.keyspaces;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.cassandra.exceptions.InvalidRequestException;

/** What the home says of tables: state, time to live, timestamps of clients, and whether the key still opens them. */
final class Tables {
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static volatile Map<String, Table> known = Map.of();
    private static volatile long until = System.nanoTime();
    static volatile JsonNode all;

    record Table(String status, boolean ttl, boolean timestamps) {}

    private Tables() {}

    /** Ask anew at the next question, after a change. */
    static void forget() {
        until = System.nanoTime() - 1;
    }

    /** The table if it can be used; else what Keyspaces says of one that cannot. */
    static Table usable(String keyspace, String name) {
        Table found = current().get(keyspace + '.' + name);
        if (found == null || found.status.equals("CREATING") || found.status.equals("DELETING")) {
            throw new InvalidRequestException("unconfigured table " + name);
        }
        if (found.status.equals("INACCESSIBLE_ENCRYPTION_CREDENTIALS")) {
            throw new InvalidRequestException("Table " + keyspace + '.' + name + " is inaccessible: its KMS key is missing, disabled or closed");
        }
        return found;
    }

    static synchronized Map<String, Table> current() {
        if (System.nanoTime() - until >= 0) {
            JsonNode answer = Home.tables();
            Map<String, Table> read = new HashMap<>();
            for (JsonNode table : answer.get("tables")) {
                String name = table.get("keyspace").asText() + '.' + table.get("table").asText();
                read.put(name, new Table(table.get("status").asText(), table.get("ttl").asBoolean(), table.get("timestamps").asBoolean()));
            }
            Rates.lower(answer.path("limits").path("queries").asInt(Rates.QUERIES), answer.path("limits").path("units").asInt(Rates.UNITS));
            all = answer;
            known = read;
            until = System.nanoTime() + KEEP_NANOS;
        }
        return known;
    }
}
