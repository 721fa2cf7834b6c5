package io.lbkit.core.health;

import io.lbkit.Backend;
import io.lbkit.SendProxy;
import io.lbkit.core.backend.BackendEntry;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.wire.ProxyHeader;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Asks over the network, each time on another loop.
 *
 * <p>Owned by the control loop.
 */
final class Probes implements Rounds.Asker {

    /** What to say to whoever listens at an address, and how to judge the answer. */
    interface Script {

        byte[] request(SocketAddress address);

        Judge judge();
    }

    private final EventLoop control;
    private final List<Prober> probers;
    private final Addresses addresses;
    private final Script script;
    private final long timeoutNanos;
    private int next;

    Probes(EventLoop control, List<Prober> probers, Addresses addresses, Script script, long timeoutNanos) {
        this.control = control;
        this.probers = probers;
        this.addresses = addresses;
        this.script = script;
        this.timeoutNanos = timeoutNanos;
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
        byte[] request = announced(backend, asked, script.request(asked.get(0)));
        return new Probe(control, probers.get(next), backend, asked, request, script.judge(), timeoutNanos, report);
    }

    /** With a PROXY header before it where the backend wants one from everybody; it says that nobody else calls. */
    private static byte[] announced(Backend backend, List<SocketAddress> asked, byte[] request) {
        if (backend.sendProxy() == SendProxy.OFF || !asked.equals(backend.addresses())) {
            return request;
        }
        ProxyHeader header = backend.sendProxy() == SendProxy.V1 ? ProxyHeader.v1(null, null) : ProxyHeader.local();
        ByteBuffer both = ByteBuffer.allocate(header.length() + request.length);
        header.writeTo(both);
        return both.put(request).array();
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
