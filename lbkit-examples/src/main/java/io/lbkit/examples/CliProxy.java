package io.lbkit.examples;

import io.lbkit.HealthCheck;
import io.lbkit.Limits;
import io.lbkit.Proxy;
import io.lbkit.ProxyBuilder;
import io.lbkit.Selector;
import io.lbkit.SlowStart;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
            switch (option) {
                case "--selector" -> builder.selector((Selector) value);
                case "--loops" -> builder.loops((int) value);
                case "--slow-start" -> slowStart(builder, (Duration) value);
                default -> {
                    limits = with(limits, option, value);
                    check = with(check, option, value);
                }
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

    /** The check, changed by the option if it is about it; null if there is none. */
    private static @Nullable HealthCheck with(@Nullable HealthCheck check, String option, Object value) {
        return switch (option) {
            case "--health-interval" -> asked(check, option).interval((Duration) value);
            case "--health-timeout" -> asked(check, option).timeout((Duration) value);
            case "--rise" -> asked(check, option).rise((int) value);
            case "--fall" -> asked(check, option).fall((int) value);
            default -> check;
        };
    }

    private static HealthCheck asked(@Nullable HealthCheck check, String option) {
        if (check == null) {
            throw new IllegalArgumentException(option + " is of no use without --health-check");
        }
        return check;
    }
}
