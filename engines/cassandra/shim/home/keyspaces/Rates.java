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
    private static final Map<Object, Bucket> CONNECTIONS = new ConcurrentHashMap<>();
    private static final Map<Object, Bucket> PARTITIONS = new ConcurrentHashMap<>();

    private Rates() {}

    /** One query more on a connection. */
    static void query(Object connection, boolean write) {
        if (!bucket(CONNECTIONS, connection, QUERIES).take(1)) {
            throw write ? tooMuchWritten() : new ReadTimeoutException(ConsistencyLevel.LOCAL_QUORUM, 0, 2, false);
        }
    }

    /** So many write units (of 1 KB) more for a partition. */
    static void write(Object partition, long units) {
        if (!bucket(PARTITIONS, partition, UNITS).take(units)) {
            throw tooMuchWritten();
        }
    }

    /** Keyspaces has no word of its own for it: drivers know a write that timed out. */
    private static WriteTimeoutException tooMuchWritten() {
        return new WriteTimeoutException(WriteType.SIMPLE, ConsistencyLevel.LOCAL_QUORUM, 0, 2);
    }

    private static Bucket bucket(Map<Object, Bucket> all, Object key, int perSecond) {
        if (all.size() > MOST_KEPT) {
            all.values().removeIf(Bucket::isFull);
        }
        return all.computeIfAbsent(key, any -> new Bucket(perSecond));
    }

    /** As much as a second gives can be taken at once; what is larger than that goes through and is made up for. */
    private static final class Bucket {
        private final int perSecond;
        private double left;
        private long last = System.nanoTime();

        Bucket(int perSecond) {
            this.perSecond = perSecond;
            this.left = perSecond;
        }

        synchronized boolean take(long wanted) {
            refill();
            if (left < Math.min(wanted, perSecond)) {
                return false;
            }
            left -= wanted;
            return true;
        }

        synchronized boolean isFull() {
            refill();
            return left >= perSecond;
        }

        private void refill() {
            long now = System.nanoTime();
            left = Math.min(perSecond, left + (now - last) / 1e9 * perSecond);
            last = now;
        }
    }
}
