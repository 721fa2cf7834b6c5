package io.lbkit.core.live;

import io.lbkit.core.backend.BackendEntry;
import java.util.Arrays;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Which of a backend's sessions have been silent for longest: each loop tells when its own last had a byte, and the survey
 * says how many of each loop are to go.
 *
 * <p>Owned by the control loop, but for the final fields, which every loop reads.
 */
final class Survey {

    final BackendEntry entry;
    final long begunNanos;
    final int most;
    final int least;
    private final long[][] activity; // of each loop, earliest first, relative to the beginning
    private int told;

    /**
     * @param begunNanos only sessions that began before count
     * @param most how many are to go
     * @param least how many the backend keeps in any case
     */
    Survey(BackendEntry entry, long begunNanos, int most, int least, int loops) {
        this.entry = entry;
        this.begunNanos = begunNanos;
        this.most = most;
        this.least = least;
        this.activity = new long[loops][];
    }

    void onTold(int loop, long[] activity) {
        this.activity[loop] = activity;
        told++;
    }

    boolean isComplete() {
        return told == activity.length;
    }

    private LongStream all() {
        return Stream.of(activity).flatMapToLong(Arrays::stream);
    }

    /** No session that had a byte later than this goes. */
    long limit() {
        return all().sorted().limit(most).max().orElse(Long.MIN_VALUE);
    }

    /** How many sessions of each loop go. */
    int[] counts() {
        long limit = limit();
        int left = (int) Math.min(most, all().count());
        int[] counts = new int[activity.length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] =
                    (int) Arrays.stream(activity[i]).filter(at -> at < limit).count();
            left -= counts[i];
        }
        for (int i = 0; i < counts.length; i++) {
            int equals = (int) Math.min(
                    left, Arrays.stream(activity[i]).filter(at -> at == limit).count());
            counts[i] += equals;
            left -= equals;
        }
        return counts;
    }
}
