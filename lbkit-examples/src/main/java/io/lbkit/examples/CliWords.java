package io.lbkit.examples;

import io.lbkit.selector.Selectors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command line says, word by word. Where there is nothing to explain, this is all that reads it, in a tenth of the
 * time that the parser takes to be loaded; questions and mistakes are left to {@link CliParser}.
 *
 * <p>Owned by the main thread.
 */
final class CliWords {

    private static final int MOST = 1_000_000;

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, String> typed = new LinkedHashMap<>();

    /** The value of an option that takes one; a complaint if it cannot be. */
    static Object read(String option, String text) {
        return switch (option) {
            case "--listen" -> CliText.address(text);
            case "--backend" -> CliText.backend(text);
            case "--selector" -> Selectors.named(text);
            case "--health-check" -> CliText.healthCheck(text);
            case "--send-proxy" -> CliText.sendProxy(text);
            case "--sni" -> CliText.named(text);
            case "--tls-cert", "--tls-key" -> Path.of(text);
            case "--trust", "--allow", "--deny" -> CliText.prefix(text);
            case "--rate" -> CliText.rate(text, MOST);
            case "--loops" -> CliText.number(text, "count", 1, 64);
            case "--queue" -> CliText.number(text, "count", 0, 1 << 20);
            case "--bandwidth" -> CliText.bytes(CliText.perSecond(text), "bytes a second", 1024);
            case "--rise", "--fall" -> CliText.number(text, "count", 1, 1000);
            case "--max-per-client" -> CliText.number(text, "count", 1, MOST);
            case "--max-connections" -> CliText.number(text, "count", 1, Integer.MAX_VALUE);
            case "--connect-timeout",
                    "--idle-timeout",
                    "--half-close-timeout",
                    "--first-byte-timeout",
                    "--max-age",
                    "--drain-timeout",
                    "--queue-timeout",
                    "--prelude-timeout",
                    "--health-interval",
                    "--health-timeout",
                    "--slow-start" -> CliText.duration(text);
            default -> throw new IllegalArgumentException("no such option");
        };
    }

    private static boolean isFlag(String option) {
        return switch (option) {
            case "--accept-proxy", "--access-log", "--control" -> true;
            default -> false;
        };
    }

    private static boolean isRepeatable(String option) {
        return switch (option) {
            case "--listen", "--backend", "--trust", "--sni", "--allow", "--deny" -> true;
            default -> false;
        };
    }

    /** Null if there is something to explain: help is wanted, or a word is not plainly what it has to be. */
    static @Nullable CliWords of(String... args) {
        CliWords words = new CliWords();
        try {
            for (int i = 0; i < args.length; i++) {
                int equals = args[i].indexOf('=');
                String option = equals < 0 ? args[i] : args[i].substring(0, equals);
                if (words.has(option) && !isRepeatable(option)) {
                    return null;
                }
                if (isFlag(args[i])) {
                    words.put(option, true, "");
                    continue;
                }
                if (equals < 0 && ++i == args.length) {
                    return null;
                }
                String text = equals < 0 ? args[i] : args[i].substring(equals + 1);
                if (text.isEmpty() || equals < 0 && text.startsWith("-")) {
                    return null;
                }
                words.add(option, read(option, text), text);
            }
        } catch (IllegalArgumentException e) {
            return null;
        }
        return words.has("--listen") ? words : null;
    }

    /** @param text how it was written, for complaints */
    void put(String option, Object value, String text) {
        values.put(option, value);
        typed.put(option, text);
    }

    private void add(String option, Object value, String text) {
        if (isRepeatable(option)) {
            List<Object> all = list(option, Object.class);
            all.add(value);
            put(option, all, text);
        } else {
            put(option, value, text);
        }
    }

    /** How the value of an option was written, the last one if there are several; empty if it has none. */
    String typed(String option) {
        return typed.getOrDefault(option, "");
    }

    /** The options that were given, in the order of the words, with their values. */
    Map<String, Object> values() {
        return values;
    }

    boolean has(String option) {
        return values.containsKey(option);
    }

    /** The value that was given, or another one. */
    @SuppressWarnings("unchecked") // read() says which option has which type
    <T> T get(String option, T otherwise) {
        return (T) values.getOrDefault(option, otherwise);
    }

    /** Null if it was not given. */
    <T> @Nullable T find(String option, Class<T> type) {
        return type.cast(values.get(option));
    }

    /** All values that were given. */
    <T> List<T> list(String option, Class<T> type) {
        List<T> all = new ArrayList<>();
        for (Object value : get(option, List.of())) {
            all.add(type.cast(value));
        }
        return all;
    }
}
