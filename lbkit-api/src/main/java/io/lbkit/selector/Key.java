package io.lbkit.selector;

import io.lbkit.ConnectionInfo;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What sessions have in common that belong to the same backend: a number made from what is known of a client. A lambda is
 * enough; it may return any number, evenly spread or not:
 *
 * <pre>{@code
 * Key perListener = client -> client.listenerAddress().hashCode();
 * }</pre>
 *
 * <p>The keys made here are the same in every JVM and in every version of lbkit, so that proxies that never talk to each
 * other agree on the backend of a client. A key is asked for on every pick, by several loops at once: it must be
 * thread-safe, must not block, and should not allocate.
 */
@FunctionalInterface
public interface Key {

    /**
     * The key of a client.
     *
     * @param client who is calling; valid during the call only
     * @return any number; sessions with the same number go to the same backend
     */
    long of(ConnectionInfo client);

    /**
     * The client's IP address without the port: an IPv4 address as a whole, of an IPv6 address the first 64 bits, which is
     * what a network is given; hosts in it change the others at will.
     *
     * @return {@link #clientAddress(int) clientAddress(64)}
     */
    static Key clientAddress() {
        return clientAddress(64);
    }

    /**
     * The client's IP address without the port. An IPv4 address counts as a whole, also when it comes as an IPv4-mapped
     * IPv6 address. All clients of unix-domain sockets have one key.
     *
     * @param ipv6PrefixBits how many leading bits of an IPv6 address count; 1 to 128. 64 is usual, 128 tells every address
     *     apart, 48 or 56 takes in a whole site
     * @return a key that allocates nothing
     */
    static Key clientAddress(int ipv6PrefixBits) {
        return new ClientAddress(ipv6PrefixBits);
    }

    /**
     * An extension (TLV) of the client's PROXY header, see {@link ConnectionInfo#proxyTlv}: what the balancer in front of us says
     * that clients have in common, a tenant for instance.
     *
     * @param type 0 to 255; 0xE0 to 0xEF are free for use. Clients without such a TLV have one key, that of an empty one
     * @return a key that allocates two copies of the value; the same as that of a {@link #text} with the bytes for characters
     */
    static Key proxyTlv(int type) {
        if (type < 0 || type > 255) {
            throw new IllegalArgumentException("proxyTlv type is " + type + ", must be between 0 and 255");
        }
        return client -> Hash.of(new String(client.proxyTlv(type), StandardCharsets.ISO_8859_1));
    }

    /**
     * A text that the host makes of a client, its name in some directory for instance.
     *
     * @param text must not block; clients for which it returns null have one key, that of the empty text
     * @return a key that allocates nothing beyond what {@code text} does
     */
    static Key text(Function<? super ConnectionInfo, ? extends @Nullable CharSequence> text) {
        return client -> {
            CharSequence of = text.apply(client);
            return Hash.of(of == null ? "" : of);
        };
    }
}
