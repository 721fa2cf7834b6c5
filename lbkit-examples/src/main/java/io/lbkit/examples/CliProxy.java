package io.lbkit.examples;

import io.lbkit.HealthCheck;
import io.lbkit.Limits;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.Selector;
import io.lbkit.SlowStart;
import java.time.Duration;
import java.util.Map;

/** The proxy that a command line describes. Stateless. */
final class CliProxy {

    private CliProxy() {}

    static ProxyBuilder of(CliWords words) {
        ProxyBuilder builder = Proxy.builder();
        CliClients.apply(words, builder);
        Limits limits = Limits.DEFAULT;
        HealthCheck check = words.find("--health-check", HealthCheck.class);
        for (Map.Entry<String, Object> word : words.values().entrySet()) {
            String option = word.getKey();
            Object value = word.getValue();
            if (check == null && isAboutChecks(option)) {
                throw new IllegalArgumentException(option + " is of no use without --health-check");
            }
            try {
                switch (option) {
                    case "--selector" -> builder.selector((Selector) value);
                    case "--loops" -> builder.loops((int) value);
                    case "--slow-start" -> slowStart(builder, (Duration) value);
                    default -> {
                        limits = with(limits, option, value);
                        check = check == null ? null : with(check, option, value);
                    }
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(option + " " + words.typed(option) + ": " + e.getMessage(), e);
            }
        }
        if (limits != Limits.DEFAULT) {
            Limits wanted = limits;
            builder.limits(unused -> wanted);
        }
        if (check != null) {
            builder.healthCheck(check);
        }
        return builder;
    }

    private static void slowStart(ProxyBuilder builder, Duration ramp) {
        if (!ramp.isZero()) {
            builder.slowStart(SlowStart.over(ramp));
        }
    }

    /** The limits, changed by the option if it is about one. */
    private static Limits with(Limits limits, String option, Object value) {
        return switch (option) {
            case "--connect-timeout" -> limits.connectTimeout((Duration) value);
            case "--idle-timeout" -> limits.idleTimeout((Duration) value);
            case "--half-close-timeout" -> limits.halfCloseTimeout((Duration) value);
            case "--first-byte-timeout" -> limits.firstByteTimeout((Duration) value);
            case "--max-age" -> limits.maxAge((Duration) value);
            case "--drain-timeout" -> limits.drainTimeout((Duration) value);
            case "--queue-timeout" -> limits.queueTimeout((Duration) value);
            case "--prelude-timeout" -> limits.preludeTimeout((Duration) value);
            case "--queue" -> limits.queueCapacity((int) value);
            case "--bandwidth" -> limits.bandwidthToBackend((int) value).bandwidthToClient((int) value);
            case "--max-connections" -> limits.maxConnections((int) value);
            default -> limits;
        };
    }

    private static boolean isAboutChecks(String option) {
        return switch (option) {
            case "--health-interval", "--health-timeout", "--rise", "--fall" -> true;
            default -> false;
        };
    }

    /** The check, changed by the option if it is about it. */
    private static HealthCheck with(HealthCheck check, String option, Object value) {
        return switch (option) {
            case "--health-interval" -> check.interval((Duration) value);
            case "--health-timeout" -> check.timeout((Duration) value);
            case "--rise" -> check.rise((int) value);
            case "--fall" -> check.fall((int) value);
            default -> check;
        };
    }
}
