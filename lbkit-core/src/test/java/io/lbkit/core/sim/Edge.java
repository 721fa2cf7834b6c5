package io.lbkit.core.sim;

import io.lbkit.AccessRules;
import io.lbkit.AddressSet;
import io.lbkit.Admission;
import io.lbkit.Backend;
import io.lbkit.FirstBytes;
import io.lbkit.Limits;
import io.lbkit.Listener;
import io.lbkit.Route;
import io.lbkit.SendProxy;
import io.lbkit.core.wire.Hellos;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.ProxyTlv;
import io.lbkit.selector.Selectors;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a seed decides of the edges of the proxy: who says who the client is, who is told, where names lead, and who may come
 * in. It has chance of its own, so that a seed without edges is what it always was.
 */
final class Edge {

    private static final String NAME = "a.sim";
    private static final byte[] SSH = "SSH-".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PLAIN = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final List<SendProxy> SENDS =
            List.of(SendProxy.OFF, SendProxy.V1, SendProxy.V2, SendProxy.V2_CHECKSUM.tlv(ProxyTlv.CUSTOM, SSH));

    private final SplittableRandom random;
    private final boolean accepts;
    private final SendProxy sends;
    private final boolean routed;
    private final boolean denies;
    private final int perClient;
    private final boolean drips;

    /** @param checked whether there are health checks, which know nothing of headers and routes here */
    Edge(SplittableRandom random, boolean checked) {
        this.random = random;
        boolean any = random.nextInt(3) > 0;
        accepts = any && random.nextBoolean();
        sends = any && !checked ? SENDS.get(random.nextInt(SENDS.size())) : SendProxy.OFF;
        routed = any && !checked && random.nextBoolean();
        denies = accepts && random.nextInt(3) == 0;
        perClient = any && random.nextInt(4) == 0 ? random.nextInt(1, 6) : 0;
        drips = random.nextInt(3) == 0;
    }

    // ---- what the proxy is told

    Listener listener(Listener plain) {
        return accepts ? plain.acceptProxy() : plain;
    }

    Backend backend(Backend plain) {
        return plain.sendProxy(sends);
    }

    /**
     * @param backends one for each route
     * @param narrow what holds for the first of them
     */
    List<Route> routes(List<Backend> backends, Limits narrow) {
        if (!routed) {
            return List.of();
        }
        return List.of(
                Route.named("a")
                        .serverName(NAME)
                        .backend(backends.get(0))
                        .bandwidthToBackend(narrow.bandwidthToBackend())
                        .bandwidthToClient(narrow.bandwidthToClient()),
                Route.named("wild").serverName("*." + NAME).backend(backends.get(1)),
                Route.named("ssh")
                        .firstBytes(FirstBytes.startingWith(SSH))
                        .backend(backends.get(2))
                        .selector(Selectors.roundRobin()));
    }

    AccessRules access() {
        return denies ? AccessRules.NONE.deny(AddressSet.of("192.0.2.0/30")) : AccessRules.NONE;
    }

    Admission admission() {
        return Admission.UNLIMITED.connectionsPerClient(perClient);
    }

    boolean isRouted() {
        return routed;
    }

    SendProxy sends() {
        return sends;
    }

    int perClient() {
        return perClient;
    }

    /** Whether the proxy reads before it connects. */
    boolean reads() {
        return accepts || routed;
    }

    boolean denies(InetSocketAddress client) {
        int last = client.getAddress().getAddress()[3];
        return denies && client.getHostString().startsWith("192.0.2.") && last < 4;
    }

    // ---- what clients send

    /** How the next client begins. */
    Opening opening() {
        Opening plain = Opening.NONE;
        if (!accepts && !routed) {
            return plain;
        }
        long drip = drips && random.nextInt(3) == 0 ? random.nextLong(1, 60_000_000) : 0;
        return first(accepts ? header(plain) : plain).drips(drip);
    }

    private Opening header(Opening plain) {
        InetSocketAddress from = new InetSocketAddress("192.0.2." + random.nextInt(1, 9), random.nextInt(1, 65536));
        InetSocketAddress to = new InetSocketAddress("198.51.100.1", 443);
        List<ProxyTlv> tlvs = random.nextBoolean() ? List.of() : List.of(ProxyTlv.authority("who.sim"));
        byte[] v1 = bytes(ProxyHeader.v1(from, to));
        byte[] v2 = bytes(ProxyHeader.v2(from, to, tlvs, random.nextBoolean()));
        return switch (random.nextInt(10)) {
            case 0 -> plain.wrong(wrong(v1, v2));
            case 1 -> plain.cut(v1, random.nextInt(v1.length));
            case 2 -> plain.cut(v2, random.nextInt(v2.length));
            case 3 -> plain.announced(bytes(ProxyHeader.local()), null, null, List.of());
            case 4 -> plain.announced(bytes(ProxyHeader.v1(null, null)), null, null, List.of());
            case 5, 6 -> plain.announced(v1, from, to, List.of());
            default -> plain.announced(v2, from, to, tlvs);
        };
    }

    /** One of which everybody can see that it is wrong, sooner or later. */
    private byte[] wrong(byte[] v1, byte[] v2) {
        byte[] bad = random.nextBoolean() ? v1.clone() : v2.clone();
        switch (random.nextInt(4)) {
            case 0 -> bad = PLAIN.clone();
            case 1 -> bad[0] = 'X';
            case 2 -> bad[bad.length > 12 && bad[0] == '\r' ? 12 : 5] = '7'; // the version, the space before the family
            default -> bad = ("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n").getBytes(StandardCharsets.US_ASCII);
        }
        return bad;
    }

    private Opening first(Opening opening) {
        if (!routed) {
            return opening;
        }
        return switch (random.nextInt(8)) {
            case 0 -> opening.first(PLAIN, null);
            case 1 -> opening.first(SSH, "ssh");
            case 2 -> opening.malformed(Hellos.records(new byte[] {2, 0, 0, 0}, 4));
            case 3 -> asking(opening, "other.sim", null);
            case 4, 5 -> asking(opening, "x." + NAME, "wild");
            default -> asking(opening, NAME, "a");
        };
    }

    private Opening asking(Opening opening, String name, String leadsTo) {
        byte[] message = Hellos.hello(Hellos.body(Hellos.sni(name), Hellos.alpn("h2")));
        return opening.first(Hellos.records(message, random.nextInt(1, 21), random), name, leadsTo);
    }

    private static byte[] bytes(ProxyHeader header) {
        ByteBuffer bytes = ByteBuffer.allocate(header.length());
        header.writeTo(bytes);
        return bytes.array();
    }

    /** The script of a client, which mostly sends all that a route has to see. */
    Script script(Script plain, Opening opening) {
        if (opening.isCut()) {
            return plain.sending(0);
        }
        boolean whole = opening.first().length > plain.toSend() && random.nextInt(4) > 0;
        return whole ? plain.sending(opening.first().length + random.nextInt(50)) : plain;
    }

    // ---- what a backend is told

    /** The header that must come first on a connection of a client. */
    ProxyHeader header(Pair pair) {
        List<ProxyTlv> tlvs = new ArrayList<>(pair.opening.tlvs());
        String name = pair.asksFor();
        if (name != null && tlvs.isEmpty()) { // else it is an authority already that was announced
            tlvs.add(ProxyTlv.authority(name));
        }
        tlvs.add(ProxyTlv.uniqueId(new byte[Long.BYTES])); // any of that length
        sends.tlvTypes().forEach(type -> tlvs.add(ProxyTlv.of(type, SSH)));
        return sends == SendProxy.V1
                ? ProxyHeader.v1(pair.source(), pair.destination())
                : ProxyHeader.v2(pair.source(), pair.destination(), tlvs, sends.hasChecksum());
    }

    int headerBytes(Pair pair) {
        return sends == SendProxy.OFF ? 0 : header(pair).length();
    }
}
