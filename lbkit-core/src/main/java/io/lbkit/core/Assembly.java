package io.lbkit.core;

import io.lbkit.DrainReport;
import io.lbkit.Listener;
import io.lbkit.Proxy;
import io.lbkit.ProxyConfig;
import io.lbkit.core.loop.Clock;
import io.lbkit.core.loop.ErrandThreads;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.LoopThread;
import io.lbkit.core.transport.Transport;
import io.lbkit.core.transport.nio.LocalPorts;
import io.lbkit.core.transport.nio.NioTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds a proxy from top to bottom; the only place that names a transport, the system's clock and a seed.
 *
 * <p>Shared; the thread that starts the proxy writes everything before the loops run, and what they write is atomic.
 */
final class Assembly implements Consumer<DrainReport> {

    private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);

    private record Life(Assembly assembly, EventLoop loop) implements LoopThread.Life {

        @Override
        public void turn() throws IOException {
            loop.turn();
        }

        @Override
        public void rest(long nanos) {
            LockSupport.parkNanos(nanos);
        }

        @Override
        public void end() {
            assembly.onLoopEnded(loop);
        }
    }

    private final ProxyConfig config;
    private final Clock clock = Clock.SYSTEM;
    private final LocalPorts ports = new LocalPorts();
    private final ErrandThreads errands;
    private final ErrandThreads handshakes;
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<LoopThread> threads = new ArrayList<>();
    private final AtomicReference<DrainReport> report = new AtomicReference<>();
    private final AtomicReference<RunningProxy> proxy = new AtomicReference<>();
    private final CompletableFuture<DrainReport> stopped = new CompletableFuture<>();
    private final AtomicInteger running = new AtomicInteger();

    Assembly(ProxyConfig config) {
        this.config = config;
        this.errands = new ErrandThreads(config.name() + "-errand");
        this.handshakes = new ErrandThreads(config.name() + "-handshake");
    }

    Proxy start() {
        List<SocketAddress> addresses = new ArrayList<>();
        Engine engine;
        try {
            SplittableRandom seeds = new SplittableRandom(clock.nanoTime() ^ System.identityHashCode(config));
            for (int i = 0; i < config.loops(); i++) {
                addLoop(i, seeds.split());
            }
            engine = new Engine(config, loops, errands, handshakes, this);
            for (Listener listener : config.listeners()) {
                addresses.add(bind(engine, listener));
            }
            engine.startSources();
        } catch (Throwable e) { // an error, too: whoever embeds a proxy may live on, and try again
            loops.forEach(loop -> loop.transport().close());
            errands.close();
            handshakes.close();
            throw unchecked(e);
        }
        engine.acceptor().resume();
        RunningProxy running = new RunningProxy(config, clock, engine, threads, addresses, stopped);
        proxy.set(running);
        this.running.set(threads.size());
        for (int i = 0; i < threads.size(); i++) {
            threads.get(i).start(new Life(this, loops.get(i)));
        }
        LOG.info(
                "{}: listening on {} with {} backends",
                config.name(),
                addresses,
                config.backends().size());
        return running;
    }

    private static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        if (e instanceof IOException io) {
            return new UncheckedIOException(io);
        }
        return e instanceof RuntimeException runtime
                ? runtime
                : new IllegalStateException("the source of backends cannot begin", e);
    }

    private void addLoop(int index, SplittableRandom random) throws IOException {
        Transport transport = new NioTransport(ports);
        LoopThread thread = new LoopThread(config.name() + "-loop-" + index, clock);
        EventLoop loop =
                new EventLoop(index, clock, transport, random, config.limits().inboxCapacity(), thread);
        loops.add(loop);
        threads.add(thread);
    }

    private static SocketAddress bind(Engine engine, Listener listener) throws IOException {
        try {
            return engine.acceptor().listen(listener);
        } catch (IOException e) {
            throw new IOException("cannot listen on " + listener + ": " + e.getMessage(), e);
        }
    }

    /** On the control loop: the last session has ended. */
    @Override
    public void accept(DrainReport drained) {
        report.set(drained);
        for (int i = threads.size() - 1; i >= 0; i--) {
            loops.get(0).send(loops.get(i), threads.get(i)::stop);
        }
    }

    /** On the thread of the loop, which ends after this. */
    private void onLoopEnded(EventLoop loop) {
        loop.transport().close();
        RunningProxy ending = proxy.get();
        if (loop.index() == 0) {
            ending.onControlEnded();
        }
        loop.retire();
        if (running.decrementAndGet() == 0) {
            errands.close();
            handshakes.close();
            ending.onLoopsEnded();
            stopped.complete(report.get());
            LOG.info("{}: closed, {}", config.name(), report.get());
        }
    }
}
