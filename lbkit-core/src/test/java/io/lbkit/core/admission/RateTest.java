package io.lbkit.core.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Token buckets of connections and of bytes, exactly. */
class RateTest {

    private static final long SECOND = 1_000_000_000;

    private static int taken(TokenBucket bucket, int tries, long nowNanos) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += bucket.tryTake(nowNanos) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void a_bucket_begins_full_and_fills_again() {
        TokenBucket bucket = new TokenBucket(new Rate(10, 5), 0);
        assertEquals(5, taken(bucket, 100, 0));
        assertEquals(SECOND / 10, bucket.nanosUntilNext(0));
        assertEquals(0, taken(bucket, 1, SECOND / 10 - 1));
        assertEquals(1, bucket.nanosUntilNext(SECOND / 10 - 1));
        assertEquals(1, taken(bucket, 9, SECOND / 10));
        assertEquals(3, taken(bucket, 9, SECOND / 10 * 4));
        assertEquals(5, taken(bucket, 9, 100 * SECOND));
    }

    @Test
    void nothing_is_lost_to_rounding_however_often_one_looks() {
        TokenBucket bucket = new TokenBucket(new Rate(3, 2), 0);
        int taken = taken(bucket, 9, 0);
        for (long now = 0; now <= 1000 * SECOND; now += 33_333_333) { // one tenth of a token, and rounded down
            taken += taken(bucket, 2, now);
        }
        taken += taken(bucket, 2, 1000 * SECOND);
        assertEquals(2 + 3000, taken);
    }

    @Test
    void a_clock_may_wrap_and_may_stand_but_does_not_pay_twice() {
        long begin = Long.MAX_VALUE - SECOND / 2;
        TokenBucket bucket = new TokenBucket(new Rate(10, 100), begin);
        assertEquals(100, taken(bucket, 1000, begin));
        assertEquals(10, taken(bucket, 1000, begin + SECOND));
        assertEquals(0, taken(bucket, 1000, begin), "earlier than it was");
        assertEquals(0, taken(bucket, 1000, begin + SECOND));
        assertEquals(1, taken(bucket, 1000, begin + SECOND + SECOND / 10));
    }

    /** Any rates and pauses, against numbers without end. */
    @Test
    void a_bucket_is_exact() {
        SplittableRandom random = new SplittableRandom(8);
        for (int round = 0; round < 2_000; round++) {
            long perSecond = 1 + random.nextLong(1L << 1 + random.nextInt(50));
            long burst = 1 + random.nextLong(Math.min(Rate.MOST_BURST, 1L << 1 + random.nextInt(32)));
            long now = random.nextLong();
            Throttle throttle = new Throttle(new Rate(perSecond, burst), now);
            BigInteger token = BigInteger.valueOf(SECOND);
            BigInteger full = BigInteger.valueOf(burst).multiply(token);
            BigInteger level = full;
            long least = Math.max(1, Math.min(burst / 2, perSecond / 100));
            for (int step = 0; step < 50; step++) {
                long pause = random.nextInt(4) == 0
                        ? throttle.nanosUntilAllowed(now)
                        : random.nextLong(1L << random.nextInt(62));
                now += pause;
                level = level.add(BigInteger.valueOf(pause).multiply(BigInteger.valueOf(perSecond)))
                        .min(full);
                long bytes = level.divide(token).max(BigInteger.ZERO).longValueExact();
                long allowed = throttle.allowedBytes(now);
                assertEquals(bytes < least ? 0 : bytes, allowed, "rate " + perSecond + ", burst " + burst);
                assertEquals(allowed == 0, throttle.nanosUntilAllowed(now) > 0);
                long moved = allowed == 0 ? 0 : random.nextLong(allowed + 1);
                throttle.onMoved(moved);
                level = level.subtract(BigInteger.valueOf(moved).multiply(token));
            }
        }
    }

    @Test
    void after_the_wait_bytes_are_allowed_and_not_before() {
        Throttle throttle = new Throttle(new Rate(1_000_000, 50_000), 0);
        assertEquals(50_000, throttle.allowedBytes(0));
        throttle.onMoved(50_000);
        assertEquals(0, throttle.allowedBytes(0));
        assertEquals(SECOND / 100, throttle.nanosUntilAllowed(0), "a hundredth of a second's worth");
        assertEquals(0, throttle.allowedBytes(SECOND / 100 - 1));
        assertEquals(10_000, throttle.allowedBytes(SECOND / 100));
    }

    @Test
    void what_moved_too_much_is_paid_back() {
        Throttle throttle = new Throttle(new Rate(1000, 100), 0);
        throttle.onMoved(1100);
        assertEquals(0, throttle.allowedBytes(SECOND));
        assertEquals(10_000_000, throttle.nanosUntilAllowed(SECOND));
        assertEquals(10, throttle.allowedBytes(SECOND + 10_000_000));
    }

    @Test
    void debt_has_a_bound() {
        Throttle throttle = new Throttle(new Rate(1, 1), 0);
        throttle.onMoved(Rate.MOST_BURST);
        throttle.onMoved(Rate.MOST_BURST);
        assertEquals((Rate.MOST_BURST + 1) * SECOND, throttle.nanosUntilAllowed(0));
        assertEquals(0, throttle.allowedBytes(Long.MAX_VALUE / 2));
    }

    @Test
    void more_than_two_gigabytes_a_second_move() {
        long rate = 1L << 40;
        Throttle throttle = new Throttle(new Rate(rate, 1L << 32), 0);
        long moved = 0;
        for (long now = 0; now <= SECOND; now += 1_000_000) {
            long allowed = throttle.allowedBytes(now);
            assertTrue(allowed <= 1L << 32);
            throttle.onMoved(allowed);
            moved += allowed;
        }
        assertTrue(moved >= rate - (1L << 31) && moved <= rate + (1L << 32), "" + moved);
    }

    @Test
    void the_slowest_rate_moves_a_byte_at_a_time() {
        Throttle throttle = new Throttle(new Rate(1, 1), 0);
        throttle.onMoved(throttle.allowedBytes(0));
        assertEquals(SECOND, throttle.nanosUntilAllowed(0));
        assertEquals(1, throttle.allowedBytes(Long.MAX_VALUE));
    }

    @Test
    void a_rate_has_a_range() {
        assertThrows(IllegalArgumentException.class, () -> new Rate(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rate(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Rate(1, Rate.MOST_BURST + 1));
        Rate most = new Rate(Long.MAX_VALUE, Rate.MOST_BURST);
        TokenBucket bucket = new TokenBucket(most, 0);
        assertTrue(bucket.tryTake(0));
        assertFalse(bucket.nanosUntilNext(0) > 0);
        assertTrue(bucket.tryTake(Long.MAX_VALUE));
    }
}
