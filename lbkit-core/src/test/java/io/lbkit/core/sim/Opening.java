package io.lbkit.core.sim;

import io.lbkit.core.wire.ProxyTlv;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/**
 * How a client begins: with a PROXY header or something that is none, and then with bytes by which a route is chosen.
 *
 * @param head sent first; the proxy takes it, or the session is over
 * @param isWrong whether the head is no header, however much of it there is
 * @param isCut whether the stream ends within the header
 * @param source whom the header announces, null if it does not say
 * @param destination whom that one has called, null if it does not say
 * @param tlvs extensions of the header
 * @param first what the backend gets first of all
 * @param name whom that asks for if it is complete, null if nobody
 * @param malformed whether that is TLS that is wrong
 * @param route where it leads if it is complete, null for the backends of the proxy itself
 * @param dripNanos the time between two bytes of it, 0 if it comes at once
 */
record Opening(
        byte[] head,
        boolean isWrong,
        boolean isCut,
        InetSocketAddress source,
        InetSocketAddress destination,
        List<ProxyTlv> tlvs,
        byte[] first,
        String name,
        boolean malformed,
        String route,
        long dripNanos) {

    static final Opening NONE =
            new Opening(new byte[0], false, false, null, null, List.of(), new byte[0], null, false, null, 0);

    Opening announced(byte[] header, InetSocketAddress from, InetSocketAddress to, List<ProxyTlv> tlvs) {
        return new Opening(header, false, false, from, to, tlvs, first, name, malformed, route, dripNanos);
    }

    Opening wrong(byte[] header) {
        return new Opening(header, true, false, null, null, List.of(), first, name, malformed, route, dripNanos);
    }

    Opening cut(byte[] header, int at) {
        byte[] head = Arrays.copyOf(header, at);
        return new Opening(head, false, true, null, null, List.of(), first, name, malformed, route, dripNanos);
    }

    Opening first(byte[] bytes, String leadsTo) {
        return first(bytes, null, leadsTo);
    }

    Opening first(byte[] bytes, String asksFor, String leadsTo) {
        return new Opening(head, isWrong, isCut, source, destination, tlvs, bytes, asksFor, false, leadsTo, dripNanos);
    }

    Opening malformed(byte[] bytes) {
        return new Opening(head, isWrong, isCut, source, destination, tlvs, bytes, null, true, null, dripNanos);
    }

    Opening drips(long nanos) {
        return new Opening(head, isWrong, isCut, source, destination, tlvs, first, name, malformed, route, nanos);
    }
}
