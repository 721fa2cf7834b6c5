package io.lbkit.core.transport.nio;

import io.lbkit.SocketOptions;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The socket options that a system may lack. They are the JDK's, but not of every JDK: those of {@code jdk.net} are known by
 * their names here, so that nothing of that module is needed to load this class.
 *
 * <p>Immutable.
 */
final class NioOptions {

    private enum Wish {
        IDLE("keepAliveIdle", "TCP_KEEPIDLE"),
        INTERVAL("keepAliveInterval", "TCP_KEEPINTERVAL"),
        COUNT("keepAliveCount", "TCP_KEEPCOUNT");

        private final String property;
        private final String option;

        Wish(String property, String option) {
            this.property = property;
            this.option = option;
        }

        /** What is wanted; 0 if nothing is. */
        int value(SocketOptions wanted) {
            return switch (this) {
                case IDLE -> (int) wanted.keepAliveIdle().toSeconds();
                case INTERVAL -> (int) wanted.keepAliveInterval().toSeconds();
                case COUNT -> wanted.keepAliveCount();
            };
        }
    }

    private final Map<String, SocketOption<?>> known;

    NioOptions(Set<SocketOption<?>> known) {
        this.known = known.stream().collect(Collectors.toUnmodifiableMap(SocketOption::name, option -> option));
    }

    static NioOptions ofSystem() throws IOException {
        try (SocketChannel any = SocketChannel.open()) {
            return new NioOptions(any.supportedOptions());
        }
    }

    /** Whether anything is wanted that a system may lack. */
    static boolean isAnyWanted(SocketOptions wanted) {
        return wanted.keepAliveCount() > 0
                || !wanted.keepAliveIdle().isZero()
                || !wanted.keepAliveInterval().isZero();
    }

    /** @throws IllegalArgumentException if something is wanted that is not there, naming the property */
    void check(SocketOptions wanted) {
        for (Wish wish : Wish.values()) {
            if (wish.value(wanted) > 0 && known.get(wish.option) == null) {
                throw new IllegalArgumentException(
                        wish.property + " is set, must not be on this system: its JDK has no " + wish.option
                                + ", or runs without the module jdk.net");
            }
        }
    }

    /** Hands over what goes with keep-alive, as far as something is wanted and there. */
    void forKeepAlive(SocketOptions wanted, BiConsumer<SocketOption<Integer>, Integer> setter) {
        for (Wish wish : Wish.values()) {
            SocketOption<Integer> option = whole(known.get(wish.option));
            int value = wish.value(wanted);
            if (value > 0 && option != null) {
                setter.accept(option, value);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static @Nullable SocketOption<Integer> whole(@Nullable SocketOption<?> option) {
        return option != null && option.type() == Integer.class ? (SocketOption<Integer>) option : null;
    }
}
