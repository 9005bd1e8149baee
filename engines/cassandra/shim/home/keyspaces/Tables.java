package home.keyspaces;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.cassandra.exceptions.InvalidRequestException;

/** What the home says of tables: state, time to live, timestamps of clients, and whether the key still opens them. */
final class Tables {
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static volatile Map<String, Table> known = Map.of();
    private static volatile long until = System.nanoTime();
    private static final AtomicBoolean RENEWING = new AtomicBoolean();
    private static volatile int forgotten;
    static volatile JsonNode all;

    record Table(String status, boolean ttl, boolean timestamps) {}

    private Tables() {}

    /** Ask anew at the next question, after a change. */
    static void forget() {
        forgotten++;
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

    /** Renewed by one thread in the second half of its second, while the others go on with it. */
    static Map<String, Table> current() {
        long left = until - System.nanoTime();
        if (left <= 0) {
            renew(false);
        } else if (left < KEEP_NANOS / 2 && RENEWING.compareAndSet(false, true)) {
            CompletableFuture.runAsync(() -> renew(true)).whenComplete((any, error) -> RENEWING.set(false));
        }
        return known;
    }

    private static synchronized void renew(boolean early) {
        if (!early && until - System.nanoTime() > 0) {
            return;
        }
        int before = forgotten; // what is forgotten while the home answers was not in the answer
        JsonNode answer = Home.tables();
        Map<String, Table> read = new HashMap<>();
        for (JsonNode table : answer.get("tables")) {
            String name = table.get("keyspace").asText() + '.' + table.get("table").asText();
            read.put(name, new Table(table.get("status").asText(), table.get("ttl").asBoolean(), table.get("timestamps").asBoolean()));
        }
        Rates.lower(answer.path("limits").path("queries").asInt(Rates.QUERIES), answer.path("limits").path("units").asInt(Rates.UNITS));
        all = answer;
        known = read;
        until = before == forgotten ? System.nanoTime() + KEEP_NANOS : System.nanoTime() - 1;
    }
}
