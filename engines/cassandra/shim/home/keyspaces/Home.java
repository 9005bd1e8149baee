package home.keyspaces;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.cassandra.exceptions.AlreadyExistsException;
import org.apache.cassandra.exceptions.AuthenticationException;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.exceptions.UnauthorizedException;

/** The home, which knows keys, policies and tables. It is asked over HTTP on this machine, with a secret. */
public final class Home {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MOST_KEPT = 10_000;
    private static final String SECRET = System.getenv("HOME_KEYSPACES_SECRET");
    private static final URI ADDRESS = URI.create(System.getenv("HOME_KEYSPACES_DESK"));
    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Map<String, Decision> DECISIONS = new ConcurrentHashMap<>();

    /** Renewed by one thread in the second half of its second, while the others go on with it. */
    private record Decision(String refusal, long until, AtomicBoolean renewing) {}

    private Home() {}

    /** The caller whose signature is good, or an AuthenticationException in AWS's words. */
    public static Caller login(String nonce, Map<String, String> fields) {
        JsonNode answer = ask("login", Map.of("nonce", nonce, "fields", fields));
        if (answer.has("refusal")) {
            throw new AuthenticationException(answer.get("refusal").asText());
        }
        return new Caller(answer.get("key").asText(), answer.get("arn").asText());
    }

    /** Pass if IAM lets the caller do `action` on a resource (what follows the account in its ARN). Kept for a second. */
    static void require(Caller caller, String action, String resource) {
        String question = caller.key + ' ' + action + ' ' + resource;
        Decision found = DECISIONS.get(question);
        long left = found == null ? -1 : found.until - System.nanoTime();
        if (left < 0) {
            if (DECISIONS.size() > MOST_KEPT) {
                DECISIONS.clear();
            }
            found = DECISIONS.compute(question, (any, known) -> isGood(known) ? known : decided(caller, action, resource));
        } else if (left < KEEP_NANOS / 2 && found.renewing.compareAndSet(false, true)) {
            CompletableFuture.runAsync(() -> DECISIONS.put(question, decided(caller, action, resource)));
        }
        if (!found.refusal.isEmpty()) {
            throw new UnauthorizedException(found.refusal);
        }
    }

    private static boolean isGood(Decision known) {
        return known != null && known.until >= System.nanoTime();
    }

    private static Decision decided(Caller caller, String action, String resource) {
        JsonNode answer = ask("may", Map.of("key", caller.key, "action", action, "resource", resource));
        return new Decision(answer.path("refusal").asText(""), System.nanoTime() + KEEP_NANOS, new AtomicBoolean());
    }

    /** Let the home carry out a change of keyspaces and tables, as the caller. */
    static void change(Map<String, Object> change) {
        JsonNode answer = ask("change", change);
        String kind = answer.path("kind").asText();
        if (kind.equals("Conflict") && change.get("kind").toString().startsWith("CREATE")) {
            throw new AlreadyExistsException(change.get("keyspace").toString(), change.get("table").toString());
        }
        if (kind.equals("PermissionError")) {
            throw new UnauthorizedException(answer.get("refusal").asText());
        }
        if (answer.has("refusal")) {
            throw new InvalidRequestException(answer.get("refusal").asText());
        }
    }

    /** What the home knows of all keyspaces and tables. */
    static JsonNode tables() {
        return ask("tables", Map.of());
    }

    private static JsonNode ask(String question, Map<String, ?> body) {
        try {
            HttpRequest request = HttpRequest.newBuilder(ADDRESS.resolve("/" + question))
                    .timeout(Duration.ofSeconds(20))
                    .header("Authorization", SECRET)
                    .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                    .build();
            HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException("the home answered " + answer.statusCode() + " to " + question + ": " + answer.body());
            }
            return JSON.readTree(answer.body());
        } catch (IOException error) {
            throw new IllegalStateException("the home cannot be asked about " + question + ": " + error, error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the home was asked about " + question, error);
        }
    }
}
