package io.lbkit.core.health;

import io.lbkit.Backend;
import io.lbkit.SendProxy;
import io.lbkit.Tls;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.transport.Opening;
import io.lbkit.core.wire.ProxyHeader;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks over the network, each time on another loop.
 *
 * <p>Owned by the control loop.
 */
final class Probes implements Rounds.Asker {

    private static final byte[] NOTHING = {};

    /** What to say to whoever listens at an address, and how to judge the answer. */
    interface Script {

        byte[] request(SocketAddress address);

        /** What to offer where the backend is asked by TLS. */
        default List<String> alpn(Tls tls) {
            return tls.alpn();
        }

        Judge judge();
    }

    private final EventLoop control;
    private final List<Prober> probers;
    private final Addresses addresses;
    private final Script script;
    private final long timeoutNanos;
    private final @Nullable SecureDialer secure;
    private int next;

    /** @param secure for backends that speak TLS; null if those are asked in the clear, too */
    Probes(
            EventLoop control,
            List<Prober> probers,
            Addresses addresses,
            Script script,
            long timeoutNanos,
            @Nullable SecureDialer secure) {
        this.control = control;
        this.probers = probers;
        this.addresses = addresses;
        this.script = script;
        this.timeoutNanos = timeoutNanos;
        this.secure = secure;
    }

    @Override
    public Inquiry prepare(BackendEntry entry, Inquiry.Report report) {
        Backend backend = entry.backend();
        List<SocketAddress> asked;
        try {
            asked = addresses.of(backend);
        } catch (Throwable thrown) {
            return new Stillborn(Outcome.failed("no address to ask at: " + thrown), report);
        }
        next = (next + 1) % probers.size();
        Prober prober = probers.get(next);
        Opening plain = owner -> prober.dial().connect(backend, asked, owner);
        Tls tls = backend.tls();
        byte[] header = header(backend, asked);
        byte[] request = script.request(asked.get(0));
        if (secure == null || tls == null) {
            return probe(prober, asked, plain, joined(header, request), report);
        }
        List<String> alpn = script.alpn(tls);
        Opening secured = owner -> secure.connect(prober.loop(), tls, asked.get(0), alpn, plain, header, owner);
        return probe(prober, asked, secured, request, report);
    }

    private Probe probe(
            Prober prober, List<SocketAddress> asked, Opening opening, byte[] request, Inquiry.Report report) {
        return new Probe(control, prober, asked, opening, request, script.judge(), timeoutNanos, report);
    }

    /** A PROXY header, where the backend wants one from everybody; it says that nobody else calls. */
    private static byte[] header(Backend backend, List<SocketAddress> asked) {
        if (backend.sendProxy() == SendProxy.OFF || !asked.equals(backend.addresses())) {
            return NOTHING;
        }
        ProxyHeader header = backend.sendProxy().version() == 1 ? ProxyHeader.v1(null, null) : ProxyHeader.local();
        ByteBuffer bytes = ByteBuffer.allocate(header.length());
        header.writeTo(bytes);
        return bytes.array();
    }

    private static byte[] joined(byte[] header, byte[] request) {
        byte[] both = Arrays.copyOf(header, header.length + request.length);
        System.arraycopy(request, 0, both, header.length, request.length);
        return both;
    }

    /** One whose outcome is known before it begins. */
    private record Stillborn(Outcome outcome, Inquiry.Report report) implements Inquiry {

        @Override
        public void begin() {
            report.onOutcome(outcome);
            report.onGone();
        }

        @Override
        public void abandon() {}
    }
}
