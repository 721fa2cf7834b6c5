package io.lbkit.core;

import io.lbkit.Backend;
import io.lbkit.BackendSource;
import io.lbkit.SourceStats;
import io.lbkit.core.backend.BackendTable;
import io.lbkit.core.backend.SetChange;
import io.lbkit.core.loop.EventLoop;
import io.lbkit.core.loop.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the host's source says, on its way to the table. Only the latest word counts; one that is not a good set leaves the
 * last good set in place.
 *
 * <p>Shared; {@code word} and {@code failures} are written by the source's threads, {@code reading} by the control loop,
 * which owns the rest.
 */
final class SourceFeed implements BackendSource.Sink {

    private static final Logger LOG = LoggerFactory.getLogger(SourceFeed.class);

    /** How often to look for a word for which the inbox had no room. */
    private static final long LOOK_EVERY_NANOS = 1_000_000_000;

    /** What was said and not taken yet: a good set, and that it failed after that. */
    private record Word(@Nullable SetChange set, @Nullable String failing) {
        static final Word NONE = new Word(null, null);
    }

    private record Reading(long sets, @Nullable String failing, long goodNanos) {}

    private final String proxy;
    private final BackendSource source;
    private final EventLoop control;
    private final BackendTable table;
    private final UnaryOperator<Backend> prepare;
    private final BooleanSupplier running;
    private final Timer look = new Timer(this::look);
    private final AtomicReference<Word> word = new AtomicReference<>(Word.NONE);
    private final AtomicBoolean posted = new AtomicBoolean();
    private final AtomicLong failures = new AtomicLong();
    private volatile Reading reading = new Reading(0, null, 0);
    private @Nullable AutoCloseable subscription;

    /**
     * @param prepare complains about what a backend cannot have, and returns what is to be added; any thread
     * @param running whether the set may still change
     */
    SourceFeed(
            String proxy,
            BackendSource source,
            EventLoop control,
            BackendTable table,
            UnaryOperator<Backend> prepare,
            BooleanSupplier running) {
        this.proxy = proxy;
        this.source = source;
        this.control = control;
        this.table = table;
        this.prepare = prepare;
        this.running = running;
    }

    /** Before the loops run; what the source says at once is in place when this returns. */
    void start() throws Exception {
        subscription = source.start(this);
        look();
        table.publishNow();
    }

    /** After the loops have ended. */
    void close() {
        if (subscription != null) {
            try {
                subscription.close();
            } catch (Throwable thrown) { // the proxy ends all the same
                LOG.warn("{}: the source of backends could not be closed", proxy, thrown);
            }
        }
    }

    @Override
    public void onBackends(Collection<Backend> backends) {
        List<Backend> set;
        try {
            set = List.copyOf(backends);
        } catch (RuntimeException odd) {
            onFailure("it named a set that cannot be read: " + odd);
            return;
        }
        List<Backend> prepared = new ArrayList<>(set.size());
        String flaw = flaw(set, prepared);
        if (!flaw.isEmpty()) {
            onFailure(flaw);
            return;
        }
        word.set(new Word(table.change(prepared), null));
        tellControl();
    }

    /** What is wrong with a set; empty if nothing is, and then all of it is among those prepared. */
    private String flaw(List<Backend> set, List<Backend> prepared) {
        Set<String> ids = new HashSet<>();
        for (Backend backend : set) {
            if (!ids.add(backend.id())) {
                return "it named " + backend.id() + " twice";
            }
        }
        for (Backend backend : set) {
            try {
                prepared.add(prepare.apply(backend));
            } catch (RuntimeException refused) {
                return "it named " + backend.id() + ", which is refused: " + refused.getMessage();
            }
        }
        return set.isEmpty() ? "it named no backend" : "";
    }

    @Override
    public void onFailure(String why) {
        failures.incrementAndGet();
        word.updateAndGet(old -> new Word(old.set, String.valueOf(why)));
        tellControl();
    }

    private void tellControl() {
        if (posted.compareAndSet(false, true)) {
            control.post(this::take); // if that is refused, the timer looks
        }
    }

    private void look() {
        take();
        control.timers().arm(look, control.nowNanos() + LOOK_EVERY_NANOS);
    }

    private void take() {
        posted.set(false);
        Word said = word.getAndSet(Word.NONE);
        if (said == Word.NONE || !running.getAsBoolean()) {
            return;
        }
        Reading before = reading;
        if (said.set != null) {
            if (before.sets == 0) {
                table.startWith(said.set);
            } else {
                table.replaceAll(said.set);
            }
            reading = new Reading(before.sets + 1, said.failing, control.nowNanos());
        } else {
            reading = new Reading(before.sets, said.failing, before.goodNanos);
        }
        log(before.failing, said.failing);
    }

    private void log(@Nullable String before, @Nullable String now) {
        if (before == null && now != null) {
            LOG.warn("{}: the source of backends fails, the last good set stays: {}", proxy, now);
        } else if (before != null && now == null) {
            LOG.info("{}: the source of backends is well again", proxy);
        }
    }

    /** Any thread. */
    SourceStats stats(long nowNanos) {
        Reading now = reading;
        return new SourceStats(
                now.sets,
                failures.get(),
                now.failing,
                now.sets == 0 ? null : Duration.ofNanos(Math.max(0, nowNanos - now.goodNanos)));
    }
}
