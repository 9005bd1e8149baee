package home.keyspaces;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A statement as Cassandra reads it, and what only Keyspaces reads: CUSTOM_PROPERTIES and TAGS of keyspaces and tables. */
record Definition(String plain, Map<String, String> properties) {
    private static final Pattern DEFINES = Pattern.compile("(?is)\\s*(CREATE|ALTER)\\s+(KEYSPACE|TABLE)\\b.*");
    private static final Pattern OWN = Pattern.compile(
            "(?is)\\b(WITH|AND)\\s+(CUSTOM_PROPERTIES|TAGS|AUTOSCALING_SETTINGS|CDC)\\s*=\\s*(\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\}|\\w+)");

    static Definition of(String text) {
        if (!DEFINES.matcher(text).matches()) {
            return new Definition(text, Map.of());
        }
        Map<String, String> properties = new HashMap<>();
        Matcher found = OWN.matcher(text);
        StringBuilder rest = new StringBuilder();
        boolean first = false;
        while (found.find()) {
            first |= found.group(1).equalsIgnoreCase("with");
            properties.put(found.group(2).toUpperCase(Locale.ROOT), found.group(3));
            found.appendReplacement(rest, "");
        }
        found.appendTail(rest);
        String plain = first ? rest.toString().replaceFirst("(?i)\\bAND\\b", "WITH") : rest.toString();
        return new Definition(plain, properties);
    }
}
