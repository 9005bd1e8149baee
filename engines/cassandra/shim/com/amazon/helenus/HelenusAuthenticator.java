package com.amazon.helenus;

import home.keyspaces.Caller;
import home.keyspaces.Control;
import home.keyspaces.Home;
import home.keyspaces.SystemSchemaMcs;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.apache.cassandra.auth.AuthenticatedUser;
import org.apache.cassandra.auth.IAuthenticator;
import org.apache.cassandra.auth.IResource;
import org.apache.cassandra.exceptions.AuthenticationException;

/**
 * The server's side of AWS's SigV4 login, under the class name that Keyspaces sends to its clients. The home knows the
 * keys and checks the signature; no secret comes here.
 */
public class HelenusAuthenticator implements IAuthenticator {
    private static final String OPENING = "SigV4\0\0";

    @Override
    public boolean requireAuthentication() {
        return true;
    }

    @Override
    public Set<? extends IResource> protectedResources() {
        return Set.of();
    }

    @Override
    public void validateConfiguration() {}

    @Override
    public void setup() {
        SystemSchemaMcs.register();
        Control.start();
    }

    @Override
    public AuthenticatedUser legacyAuthenticate(Map<String, String> credentials) {
        throw new AuthenticationException("SigV4 only");
    }

    @Override
    public SaslNegotiator newSaslNegotiator(InetAddress client) {
        return new Negotiator();
    }

    private static final class Negotiator implements SaslNegotiator {
        private String nonce;
        private Caller caller;

        @Override
        public byte[] evaluateResponse(byte[] response) {
            String text = new String(response, StandardCharsets.UTF_8);
            if (nonce == null) {
                return opened(text).getBytes(StandardCharsets.UTF_8);
            }
            caller = Home.login(nonce, fields(text));
            return null;
        }

        private String opened(String text) {
            if (!OPENING.equals(text)) {
                String[] parts = text.split("\0");
                String user = parts.length > 1 ? parts[1] : "";
                throw new AuthenticationException("Provided username " + user + " and/or password are incorrect");
            }
            byte[] random = new byte[16];
            new SecureRandom().nextBytes(random);
            nonce = HexFormat.of().formatHex(random);
            return "nonce=" + nonce;
        }

        private static Map<String, String> fields(String text) {
            Map<String, String> fields = new HashMap<>();
            for (String part : text.split(",")) {
                int equals = part.indexOf('=');
                if (equals > 0) {
                    fields.put(part.substring(0, equals), part.substring(equals + 1));
                }
            }
            return fields;
        }

        @Override
        public boolean isComplete() {
            return caller != null;
        }

        @Override
        public AuthenticatedUser getAuthenticatedUser() {
            return caller;
        }
    }
}
