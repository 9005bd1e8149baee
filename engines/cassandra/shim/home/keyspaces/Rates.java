package home.keyspaces;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.cassandra.db.ConsistencyLevel;
import org.apache.cassandra.db.WriteType;
import org.apache.cassandra.exceptions.ReadTimeoutException;
import org.apache.cassandra.exceptions.WriteTimeoutException;

/** Keyspaces' two limits that a client meets first: queries by connection, and what is written to one partition. */
final class Rates {
    static final int QUERIES = 3000;
    static final int UNITS = 1000;
    private static final int MOST_KEPT = 50_000;
    private static final long IDLE_NANOS = 2_000_000_000L;
    private static final Map<Object, Bucket> CONNECTIONS = new ConcurrentHashMap<>();
    private static final Map<Object, Bucket> PARTITIONS = new ConcurrentHashMap<>();

    private static volatile long cleared = System.nanoTime();
    private static volatile int queries = QUERIES;
    private static volatile int units = UNITS;

    private Rates() {}

    /** Smaller limits, by which a test sees how a program bears them; never larger ones. */
    static void lower(int wantedQueries, int wantedUnits) {
        queries = Math.min(QUERIES, wantedQueries);
        units = Math.min(UNITS, wantedUnits);
    }

    /** One query more on a connection. */
    static void query(Object connection, boolean write) {
        if (!bucket(CONNECTIONS, connection).take(1, queries)) {
            throw write ? tooMuchWritten() : new ReadTimeoutException(ConsistencyLevel.LOCAL_QUORUM, 0, 2, false);
        }
    }

    /** So many write units (of 1 KB) more for a partition. */
    static void write(Object partition, long wanted) {
        if (!bucket(PARTITIONS, partition).take(wanted, units)) {
            throw tooMuchWritten();
        }
    }

    /** Keyspaces has no word of its own for it: drivers know a write that timed out. */
    private static WriteTimeoutException tooMuchWritten() {
        return new WriteTimeoutException(WriteType.SIMPLE, ConsistencyLevel.LOCAL_QUORUM, 0, 2);
    }

    private static Bucket bucket(Map<Object, Bucket> all, Object key) {
        long now = System.nanoTime();
        if (all.size() > MOST_KEPT && now - cleared > IDLE_NANOS) {
            cleared = now;
            all.values().removeIf(Bucket::isIdle);
        }
        return all.computeIfAbsent(key, any -> new Bucket());
    }

    /** As much as a second gives can be taken at once; what is larger than that goes through and is made up for. */
    private static final class Bucket {
        private double taken;
        private long last = System.nanoTime();

        synchronized boolean take(long wanted, int perSecond) {
            long now = System.nanoTime();
            taken = Math.max(0, taken - (now - last) / 1e9 * perSecond);
            last = now;
            if (taken > 0 && taken + wanted > perSecond) {
                return false;
            }
            taken += wanted;
            return true;
        }

        synchronized boolean isIdle() {
            return System.nanoTime() - last > IDLE_NANOS;
        }
    }
}
