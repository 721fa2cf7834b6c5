package io.lbkit.core.transport.nio;

import io.lbkit.SocketOptions;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The socket options that a system may lack. They are the JDK's, but not of every JDK: those of {@code jdk.net} are known by
 * their names here, so that nothing of that module is needed to load this class.
 *
 * <p>Immutable.
 */
final class NioOptions {

    private record Wish(String property, String option, Function<SocketOptions, Integer> value) {}

    private static final Wish[] WISHES = {
        new Wish("keepAliveIdle", "TCP_KEEPIDLE", wanted ->
                (int) wanted.keepAliveIdle().toSeconds()),
        new Wish("keepAliveInterval", "TCP_KEEPINTERVAL", wanted ->
                (int) wanted.keepAliveInterval().toSeconds()),
        new Wish("keepAliveCount", "TCP_KEEPCOUNT", SocketOptions::keepAliveCount)
    };

    private final Map<String, SocketOption<?>> known;

    NioOptions(Set<SocketOption<?>> known) {
        this.known = known.stream().collect(Collectors.toUnmodifiableMap(SocketOption::name, option -> option));
    }

    static NioOptions ofSystem() throws IOException {
        try (SocketChannel any = SocketChannel.open()) {
            return new NioOptions(any.supportedOptions());
        }
    }

    /** @throws IllegalArgumentException if something is wanted that is not there, naming the property */
    void check(SocketOptions wanted) {
        for (Wish wish : WISHES) {
            if (wish.value.apply(wanted) > 0 && known.get(wish.option) == null) {
                throw new IllegalArgumentException(
                        wish.property + " is set, must not be on this system: its JDK has no " + wish.option
                                + ", or runs without the module jdk.net");
            }
        }
    }

    /** Hands over what goes with keep-alive, as far as something is wanted and there. */
    void forKeepAlive(SocketOptions wanted, BiConsumer<SocketOption<Integer>, Integer> setter) {
        for (Wish wish : WISHES) {
            SocketOption<Integer> option = whole(known.get(wish.option));
            int value = wish.value.apply(wanted);
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
