package home.keyspaces;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.db.ConsistencyLevel;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.TableMetadata;

/** The home's way in: it carries out definitions and reads the schema. On this machine only, with a secret. */
public final class Control {
    private static final String SECRET = System.getenv("HOME_KEYSPACES_SECRET");
    private static final Path NOTE = Path.of(System.getenv("HOME_KEYSPACES_CONTROL"));

    private Control() {}

    /** Listen, and write the port where the home reads it. */
    public static void start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
            server.createContext("/", Control::answer);
            server.setExecutor(Executors.newFixedThreadPool(4, work -> {
                Thread thread = new Thread(work, "home-control");
                thread.setDaemon(true);
                return thread;
            }));
            server.start();
            Path half = NOTE.resolveSibling(NOTE.getFileName() + ".new");
            Files.writeString(half, Integer.toString(server.getAddress().getPort()));
            Files.move(half, NOTE, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException error) {
            throw new IllegalStateException("the way for the home cannot be opened: " + error, error);
        }
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange; InputStream body = exchange.getRequestBody()) {
            String secret = exchange.getRequestHeaders().getFirst("Authorization");
            if (secret == null || !MessageDigest.isEqual(secret.getBytes(), SECRET.getBytes())) {
                send(exchange, 403, Map.of("refusal", "this way is the home's own"));
                return;
            }
            try {
                send(exchange, 200, done(exchange.getRequestURI().getPath(), Home.JSON.readTree(body)));
            } catch (Exception error) {
                send(exchange, 200, Map.of("refusal", String.valueOf(error.getMessage()), "kind", error.getClass().getSimpleName()));
            }
        }
    }

    private static Object done(String path, JsonNode asked) {
        switch (path) {
            case "/execute":
                QueryProcessor.process(asked.get("cql").asText(), ConsistencyLevel.LOCAL_ONE);
                Tables.forget();
                return Map.of();
            case "/forget":
                Tables.forget();
                return Map.of();
            case "/schema":
                return schema();
            default:
                throw new IllegalArgumentException("no such question: " + path);
        }
    }

    private static Map<String, Object> schema() {
        Map<String, Object> all = new TreeMap<>();
        for (KeyspaceMetadata keyspace : Schema.instance.distributedKeyspaces()) {
            if (Resources.isSystem(keyspace.name)) {
                continue;
            }
            Map<String, Object> tables = new TreeMap<>();
            for (TableMetadata table : keyspace.tables) {
                tables.put(table.name, Map.of(
                        "partition", named(table.partitionKeyColumns()),
                        "clustering", named(table.clusteringColumns()),
                        "regular", named(table.regularColumns()),
                        "static", named(table.staticColumns()),
                        "ttl", table.params.defaultTimeToLive,
                        "comment", table.params.comment));
            }
            all.put(keyspace.name, tables);
        }
        return all;
    }

    private static List<List<String>> named(Iterable<ColumnMetadata> columns) {
        List<List<String>> found = new ArrayList<>();
        for (ColumnMetadata column : columns) {
            String type = column.type.asCQL3Type().toString();
            found.add(List.of(column.name.toString(), type, column.clusteringOrder().name()));
        }
        return found;
    }

    private static void send(HttpExchange exchange, int status, Object body) throws IOException {
        byte[] bytes = Home.JSON.writeValueAsBytes(body);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
