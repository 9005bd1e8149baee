package home.keyspaces;

import java.util.Set;

/** The end of Keyspaces' ARNs, after the account. */
final class Resources {
    private static final Set<String> OWN = Set.of("system_auth", "system_distributed", "system_traces", "system_cluster_metadata");

    private Resources() {}

    static String keyspace(String keyspace) {
        return "/keyspace/" + keyspace + '/';
    }

    static String table(String keyspace, String table) {
        return "/keyspace/" + keyspace + "/table/" + table;
    }

    static boolean isSystem(String keyspace) {
        return keyspace.equals("system") || keyspace.startsWith("system_");
    }

    /** Keyspaces that Cassandra has and Amazon Keyspaces has not. */
    static boolean isCassandrasOwn(String keyspace) {
        return OWN.contains(keyspace);
    }
}
