package io.lbkit.selector;

import io.lbkit.Candidates;
import io.lbkit.ConnectionInfo;
import io.lbkit.Selector;
import java.time.Duration;
import java.util.Objects;

/**
 * The backend with the least response time × (sessions + 1) / weight; ties by chance in proportion to weight. The formula
 * is that of {@code least_time} in nginx ({@code ngx_stream_upstream_least_time_module.c}) with its three safeguards: a
 * time that goes unused is halved and so measured again, connects that hang count by their age, and times fall into classes
 * so that noise does not decide. Times of five seconds and more are equally bad (where nginx takes exactly five seconds for
 * a class worse than all that are longer).
 *
 * <p>The first two safeguards are in the numbers that every selector sees, see {@link Candidates#connectNanos}.
 *
 * <p>Of more than 16 backends, three are compared: two drawn by chance, and the one that was taken last ({@code Least} says
 * why that is enough).
 *
 * <p>Immutable.
 */
public final class LeastResponseTime implements Selector {

    private static final int FEW = 16; // a microsecond at most

    /** Which time counts. */
    public enum Measure {
        /** The time a connect takes; known for every protocol. */
        CONNECT,
        /**
         * The time from the beginning of the connect to the first byte of the backend, as in nginx: a backend that
         * refuses every connect has no first byte at all, and would look fast.
         */
        FIRST_BYTE;

        long average(Candidates candidates, int index) {
            long connect = candidates.connectNanos(index);
            return this == CONNECT ? connect : connect + candidates.firstByteNanos(index);
        }

        long peak(Candidates candidates, int index) {
            long connect = candidates.connectPeakNanos(index);
            return this == CONNECT ? connect : connect + candidates.firstBytePeakNanos(index);
        }
    }

    private final Least least;

    LeastResponseTime(Measure measure, Duration resolution) {
        Objects.requireNonNull(measure, "measure");
        Objects.requireNonNull(resolution, "least response time resolution");
        if (resolution.compareTo(Duration.ofNanos(1000)) < 0 || resolution.compareTo(Duration.ofSeconds(1)) > 0) {
            throw new IllegalArgumentException(
                    "least response time resolution is " + resolution + ", must be between PT0.000001S and PT1S");
        }
        this.least = new Least(new ResponsePerWeight(measure, resolution.toNanos()), FEW);
    }

    @Override
    public Selector prepare(Candidates all) {
        return least.prepare(all);
    }

    @Override
    public int select(Candidates candidates, ConnectionInfo client) {
        return least.select(candidates, client);
    }
}
