package org.apache.cassandra.locator;

import java.util.HashMap;
import java.util.Map;

/** The replication of Amazon Keyspaces by its name. Here there is one machine, so one copy. */
public class SingleRegionStrategy extends SimpleStrategy {
    public SingleRegionStrategy(String keyspace, TokenMetadata tokens, IEndpointSnitch snitch, Map<String, String> options) {
        super(keyspace, tokens, snitch, oneCopy(options));
    }

    private static Map<String, String> oneCopy(Map<String, String> options) {
        Map<String, String> all = new HashMap<>(options);
        all.put("replication_factor", "1");
        return all;
    }
}
