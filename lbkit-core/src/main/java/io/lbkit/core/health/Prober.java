package io.lbkit.core.health;

import io.lbkit.core.dial.Dial;
import io.lbkit.core.loop.EventLoop;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The probes of one loop, and the buffer that they share.
 *
 * <p>Owned by one event loop.
 */
public final class Prober {

    private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
    private static final long COMPLAIN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int BUFFER_BYTES = 4096;

    private final EventLoop loop;
    private final Dial dial;
    private final Set<Probe> live = new LinkedHashSet<>();
    private @Nullable ByteBuffer buffer;
    private long complainAtNanos;
    private boolean stopped;

    /** @param addressDelayNanos how long one address may take before the next one is tried as well */
    public Prober(EventLoop loop, long addressDelayNanos) {
        this.loop = loop;
        this.dial = new Dial(loop, addressDelayNanos);
        this.complainAtNanos = loop.nowNanos();
    }

    /** Closes all probes, and lets no more begin. */
    public void stop() {
        assert loop.isCurrent();
        stopped = true;
        List.copyOf(live).forEach(Probe::stop);
    }

    /** The probes that have a descriptor. */
    public Set<Probe> live() {
        return live;
    }

    /** Asserts what must hold between any two turns; returns how many probes have a descriptor. */
    public int assertSound() {
        for (Probe probe : live) {
            probe.assertSound();
        }
        return live.size();
    }

    // ---- for probes

    EventLoop loop() {
        return loop;
    }

    Dial dial() {
        return dial;
    }

    boolean isStopped() {
        return stopped;
    }

    /** False if no probe may begin any more. */
    boolean add(Probe probe) {
        return !stopped && live.add(probe);
    }

    void remove(Probe probe) {
        live.remove(probe);
    }

    /** What it holds is of meaning only until the caller returns to the loop. Direct, or the JDK would make one that is. */
    ByteBuffer buffer() {
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        }
        return buffer.clear();
    }

    /** What it has to say of TLS. */
    void onHostFailed(RuntimeException thrown) {
        if (mayComplain()) {
            LOG.warn("the host's code for TLS threw; a check says nothing", thrown);
        }
    }

    void onDefect(Throwable defect, Probe probe) {
        if (mayComplain()) {
            LOG.error("a defect ended {}", probe, defect);
        }
    }

    private boolean mayComplain() {
        boolean may = loop.nowNanos() - complainAtNanos >= 0;
        if (may) {
            complainAtNanos = loop.nowNanos() + COMPLAIN_EVERY_NANOS;
        }
        return may;
    }
}
