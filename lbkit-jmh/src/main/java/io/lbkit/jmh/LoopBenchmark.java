package io.lbkit.jmh;

import io.lbkit.core.loop.Command;
import io.lbkit.core.loop.Inbox;
import io.lbkit.core.loop.Timer;
import io.lbkit.core.loop.TimerWheel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Control;

/** The parts of a turn: timers and inbox. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LoopBenchmark {

    private static final int TIMERS = 10_000;

    private final TimerWheel wheel = new TimerWheel(0);
    private final Timer[] timers = new Timer[TIMERS];
    private final Inbox inbox = new Inbox(1024);
    private final Command command = () -> {};
    private long now;
    private int next;

    /** Ten thousand sessions, each with its idle deadline. */
    @Setup
    public void setUp() {
        for (int i = 0; i < TIMERS; i++) {
            timers[i] = new Timer(() -> {});
            wheel.arm(timers[i], TimeUnit.MINUTES.toNanos(10) + i);
        }
    }

    /** A deadline is moved. */
    @Benchmark
    public void arm() {
        next = next + 1 == TIMERS ? 0 : next + 1;
        now += 1000;
        wheel.arm(timers[next], now + TimeUnit.SECONDS.toNanos(3));
    }

    /** A turn in which nothing is due. */
    @Benchmark
    public long idleTurn() {
        wheel.advance(now);
        return wheel.delay(now);
    }

    /** A message is sent and received. */
    @Benchmark
    public Command message() {
        inbox.post(command);
        return inbox.take();
    }

    /** The inbox of a loop and a thread that posts to it. */
    @State(Scope.Group)
    public static class Between {
        private final Inbox inbox = new Inbox(1024);
        private final Command command = () -> {};
    }

    /** A message to another thread, sent. */
    @Benchmark
    @Group("messageBetweenTwo")
    public void post(Between between, Control control) {
        while (!between.inbox.post(between.command) && !control.stopMeasurement) {
            Thread.onSpinWait(); // full
        }
    }

    /** A message from another thread, received. */
    @Benchmark
    @Group("messageBetweenTwo")
    public void take(Between between, Control control) {
        while (between.inbox.take() == null && !control.stopMeasurement) {
            Thread.onSpinWait(); // empty
        }
    }
}
