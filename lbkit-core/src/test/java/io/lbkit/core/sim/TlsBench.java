package io.lbkit.core.sim;

import io.lbkit.Backend;
import io.lbkit.Tls;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.observe.LoopCounters;
import io.lbkit.core.tls.Handshakes;
import io.lbkit.core.tls.Pki;
import io.lbkit.core.tls.TlsEndpoint;
import io.lbkit.core.tls.TlsEngines;
import io.lbkit.core.tls.TlsFiles;
import io.lbkit.core.tls.TlsLoop;
import io.lbkit.core.transport.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/** One loop, a simulated network, TLS endpoints with owners on this side and plain engines on the other. */
final class TlsBench {

    static final int OURS = 1;
    static final int THEIRS = 2;
    private static final InetSocketAddress SERVER = new InetSocketAddress("10.0.0.1", 443);

    /** What a session does with an endpoint: reads when it may, writes what it has, ends when told. */
    final class Owner {

        TlsEndpoint endpoint;
        private final ByteBuffer into;
        private final ByteBuffer from = ByteBuffer.allocateDirect(1 << 16).flip();
        private long toSend;
        private long filled;
        long sent;
        long received;
        private boolean endsWhenSent;
        private boolean endsAfter;
        boolean reading = true;
        boolean agreed;
        boolean failed;
        boolean failedHere;
        boolean sawEnd;
        boolean ended;
        boolean gone;
        int calls;

        private Owner(int readBytes) {
            into = ByteBuffer.allocateDirect(readBytes);
        }

        Owner sends(long bytes) {
            toSend += bytes;
            return this;
        }

        Owner ends() {
            endsWhenSent = true;
            return this;
        }

        Owner endsAfterTheOther() {
            endsAfter = true;
            return this;
        }

        void begin() {
            onReady(endpoint, true, true);
        }

        void onReady(Endpoint ready, boolean readable, boolean writable) {
            assert ready == endpoint && !gone;
            calls++;
            if (!agreed && !failed) {
                int outcome = endpoint.finishConnect();
                agreed = outcome == Endpoint.DONE;
                failedHere = outcome == Endpoint.FAILED_HERE;
                failed = failedHere || outcome == Endpoint.FAILED;
            }
            if (agreed && !failed) {
                if (readable && reading && !sawEnd) {
                    read();
                }
                write();
            }
            interest();
        }

        private void read() {
            int n = endpoint.read(into.clear());
            sawEnd = n == Endpoint.ENDED;
            failed |= n == Endpoint.FAILED;
            into.flip();
            while (into.hasRemaining()) {
                byte got = into.get();
                if (got != Pattern.at(THEIRS, received)) {
                    throw new AssertionError("byte " + received + " is wrong");
                }
                received++;
            }
        }

        private void write() {
            while (!failed && (from.hasRemaining() || filled < toSend)) {
                if (!from.hasRemaining()) {
                    from.clear();
                    while (from.hasRemaining() && filled < toSend) {
                        from.put(Pattern.at(OURS, filled++));
                    }
                    from.flip();
                }
                int n = endpoint.write(from);
                failed |= n == Endpoint.FAILED;
                sent += Math.max(0, n);
                if (from.hasRemaining()) {
                    return;
                }
            }
            if (!failed && !ended && sent == toSend && (endsWhenSent || endsAfter && sawEnd)) {
                int outcome = endpoint.shutdownOutput();
                ended = outcome == Endpoint.DONE;
                failed |= outcome == Endpoint.FAILED;
            }
        }

        void interest() {
            if (gone) {
                return;
            }
            boolean wantsEnd = !ended && (endsWhenSent || endsAfter && sawEnd);
            boolean wantsWrite = !agreed || sent < toSend || wantsEnd;
            boolean wantsRead = reading && !sawEnd;
            endpoint.interest(failed ? 0 : (wantsRead ? Endpoint.READ : 0) | (wantsWrite ? Endpoint.WRITE : 0));
        }

        long toSend() {
            return toSend;
        }

        void close() {
            gone = true;
            endpoint.close();
        }

        void reset() {
            gone = true;
            endpoint.reset();
        }
    }

    final SimNetwork network;
    final SimTransport transport;
    final EventLoop loop;
    final TlsLoop tls;
    final Handshakes handshakes;
    final LoopCounters counters = new LoopCounters();
    final ArrayDeque<Runnable> errands = new ArrayDeque<>();
    final Pki pki = new Pki("root");
    boolean errandsRun = true;
    boolean errandsRefused; // all threads have as much to do as can wait
    boolean errandsThrow; // as where no thread can be made
    private final Path dir;
    private final List<TlsPeer> peers = new ArrayList<>();
    private final SimBacklog backlog;
    private int files;

    TlsBench(Path dir, long seed, SimNetwork.Style style, int mostHandshakes) {
        this.dir = dir;
        SimClock clock = new SimClock(0);
        SplittableRandom random = new SplittableRandom(seed);
        network = new SimNetwork(clock, random, style);
        transport = new SimTransport(network, () -> true, Sabotage.NONE);
        loop = new EventLoop(0, clock, transport, random, 1024, () -> true);
        handshakes = new Handshakes(mostHandshakes);
        tls = new TlsLoop(loop, handshakes, this::runErrand, counters);
        backlog = network.listen(SERVER, 128);
    }

    private boolean runErrand(Runnable work) {
        if (errandsThrow) {
            throw new OutOfMemoryError("thrown by a test");
        }
        return !errandsRefused && errands.add(work);
    }

    Tls server(Pki authority, String... names) {
        Pki.Issued issued = authority.issue(names);
        files++;
        return Tls.pem(
                Pki.file(dir, "site" + files + ".crt", issued.certificatePem()),
                Pki.file(dir, "site" + files + ".key", issued.keyPem()));
    }

    Tls client() {
        return Tls.client().trust(Pki.file(dir, "ca.crt", pki.pem())).serverName("db.example.com");
    }

    SSLEngine serverEngine(Tls tls) {
        return new TlsEngines(tls, TlsFiles.ofListener(tls, errands::add, c -> {}, 0)).accept(0);
    }

    SSLEngine clientEngine(Tls tls) {
        return new TlsEngines(tls, TlsFiles.ofBackends(tls, errands::add, c -> {}, 0)).connect(SERVER, tls.alpn(), 0);
    }

    /** We are the server: a peer calls. */
    Owner accept(SSLEngine ours, SSLEngine theirs, int readBytes) {
        SimSocket caller = network.connect("10.0.0.9", SERVER);
        settle();
        Owner owner = new Owner(readBytes);
        owner.endpoint =
                TlsEndpoint.accepted(tls, SimEndpoint.accepted(backlog.waiting().remove()), ours);
        peers.add(new TlsPeer(caller, theirs, THEIRS, OURS));
        owner.endpoint.attach(transport, owner::onReady);
        owner.begin();
        return owner;
    }

    /** We are the client: we call a peer. */
    Owner connect(SSLEngine ours, SSLEngine theirs, int readBytes) throws IOException {
        Owner owner = new Owner(readBytes);
        owner.endpoint = TlsEndpoint.connect(
                tls, ours, own -> transport.connect(Backend.of(SERVER), SERVER, own), new byte[0], owner::onReady);
        owner.begin();
        settle();
        peers.add(new TlsPeer(backlog.waiting().remove(), theirs, THEIRS, OURS));
        return owner;
    }

    private void settle() {
        while (network.nextArrival() != Long.MAX_VALUE && backlog.waiting().isEmpty()) {
            network.moveClock(network.nextArrival());
        }
    }

    TlsPeer peer() {
        return peers.get(peers.size() - 1);
    }

    /** Until nothing happens any more; time passes only as far as the network needs. */
    void run() throws IOException {
        int still = 0;
        while (still < 50) {
            long before = network.moved();
            boolean acted = false;
            for (TlsPeer peer : peers) {
                acted |= peer.act();
            }
            if (errandsRun && !errands.isEmpty()) {
                errands.remove().run();
                acted = true;
            }
            loop.turn();
            if (network.nextArrival() != Long.MAX_VALUE) {
                network.moveClock(network.nextArrival());
            }
            still = acted || network.moved() != before || loop.hasDeferred() ? 0 : still + 1;
        }
    }

    void pass(long seconds) throws IOException {
        network.moveClock(network.now() + TimeUnit.SECONDS.toNanos(seconds));
        run();
    }

    /** Nothing is left of anybody. */
    void assertNothingLeft() {
        if (tls.buffers().out() != 0 || handshakes.used() != 0 || loop.hasDeferred()) {
            throw new AssertionError(tls.buffers().out() + " buffers out, " + handshakes.used() + " places taken"
                    + (loop.hasDeferred() ? ", something deferred" : ""));
        }
    }

    void assertAllGone() {
        assertNothingLeft();
        if (!transport.endpoints().isEmpty()) {
            throw new AssertionError("still open: " + transport.endpoints());
        }
    }
}
