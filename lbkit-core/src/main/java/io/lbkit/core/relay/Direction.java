package io.lbkit.core.relay;

import io.lbkit.core.transport.Endpoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One way of a session: bytes come from a source, ride a carrier, leave through a sink. A session has two; neither knows the
 * other. A direction ends; what a dead endpoint means for the session is the session's affair.
 *
 * <p>Owned by one event loop.
 *
 * <pre> OPEN --source ended or failed--> DRAINING --carrier empty--> FINISHING --sink shut--> DONE
 *        DRAINING --source failed and carrier empty--> DONE       any --abandoned--> DONE </pre>
 */
final class Direction {

    private enum State {
        OPEN,
        DRAINING,
        FINISHING,
        DONE
    }

    /** How long what is put before the source's bytes may be. */
    static final int MOST_PREFIX = 1024;

    private final Carrier carrier;
    private @Nullable Pace pace; // how fast it may read; null if as fast as it can
    private State state = State.OPEN;
    private boolean sourceFailed;
    private boolean sinkFailed;
    private long filled;
    private long delivered;
    private int prefix; // of the bytes carried, those that are ours and not the source's
    private boolean prefixSent; // or a part of it

    Direction(BufferPool buffers) {
        this.carrier = new Carrier(buffers);
    }

    /** From now on it may read so fast, or as fast as it can; what it has read so far is reckoned with. */
    void limit(@Nullable Pace limit) {
        pace = limit;
        if (limit != null) {
            limit.onRead(filled);
        }
    }

    /** Whether it reads nothing now only because it has been too fast. */
    boolean isHeld() {
        return pace != null && pace.isHeld();
    }

    /** How long it is held, if it is. */
    long heldNanos() {
        return pace == null ? 0 : pace.leftNanos();
    }

    /** Looks whether it is still held; returns whether it no longer is. */
    boolean release() {
        return pace != null && pace.isHeld() && pace.release();
    }

    private int mostToRead() {
        return pace == null || state != State.OPEN ? Integer.MAX_VALUE : pace.mostToRead();
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** Whether the source may still send. */
    boolean isOpen() {
        return state == State.OPEN;
    }

    boolean sourceFailed() {
        return sourceFailed;
    }

    boolean sinkFailed() {
        return sinkFailed;
    }

    /** Bytes read from the source. */
    long filled() {
        return filled;
    }

    /** Bytes written to the sink. */
    long delivered() {
        return delivered;
    }

    /** Whether any byte has gone to the sink. */
    boolean hasSent() {
        return delivered > 0 || prefixSent;
    }

    /** Bytes read and not yet written, and those put before them. */
    int carried() {
        return carrier.size();
    }

    /** Whether every byte read is accounted for; an abandoned direction has dropped what it carried. */
    boolean isSound() {
        boolean isDone = state == State.DONE;
        return (!isDone || carrier.isEmpty())
                && (filled == delivered + carrier.size() - prefix || isDone && filled > delivered);
    }

    boolean wantsRead() {
        return state == State.OPEN && carrier.isEmpty() && !isHeld();
    }

    boolean wantsWrite() {
        return !carrier.isEmpty() || state == State.FINISHING;
    }

    /** How much is gathered at most, even if more is wanted: there has to be room for what is put before it. */
    int mostGathered() {
        return carrier.mostBehind(MOST_PREFIX);
    }

    /** Whether {@link #gather} could read more. */
    boolean wantsGather() {
        return state == State.OPEN && carrier.hasRoom() && carrier.size() < mostGathered();
    }

    /** Reads once while there is no sink yet, behind what was read before. */
    void gather(Endpoint source) {
        gatherUpTo(source, mostGathered());
    }

    /** The same, until some number of bytes is carried, and not one more. */
    void gatherUpTo(Endpoint source, int most) {
        if (wantsGather()) {
            onRead(carrier.fill(source, Math.min(most, mostGathered())));
            carrier.settle();
        }
    }

    /** Whether {@link #gather(Endpoint, int)} could read more. */
    boolean wantsGather(int bytes) {
        return state == State.OPEN && carrier.size() < bytes;
    }

    /** Reads once while there is no sink yet, unless so many bytes are there: in a larger buffer, if the one so far is full. */
    void gather(Endpoint source, int bytes) {
        if (wantsGather(bytes)) {
            carrier.makeRoom();
            onRead(carrier.fill(source, mostGathered()));
            carrier.settle();
        }
    }

    /** The bytes gathered, to be looked at and left as they are; there are some. */
    ByteBuffer gathered() {
        return carrier.peek();
    }

    /** Takes away the first of the bytes gathered: they were for us, and count for nobody. */
    void consume(int bytes) {
        carrier.skip(bytes);
        filled -= bytes;
    }

    /** Puts bytes of our own before those gathered; {@value #MOST_PREFIX} at most. They count for nobody. */
    void prepend(byte[] bytes) {
        assert bytes.length <= MOST_PREFIX && !hasSent();
        carrier.prepend(bytes);
        prefix = bytes.length;
    }

    /**
     * Moves what can move now; returns how many bytes reached the sink.
     *
     * @param budget how many bytes to read at most, if nothing is carried
     * @param last whether the other way is done, so that closing the sink is all that its peer still waits for
     */
    long pump(Endpoint source, Endpoint sink, long budget, boolean last) {
        long before = delivered;
        boolean again;
        do {
            int most = mostToRead();
            if (wantsRead()) {
                onRead(carrier.fill(source, (int) Math.min(most, budget - (delivered - before))));
            }
            boolean sourceHasMore = carrier.isFull();
            if (!carrier.isEmpty()) {
                onWritten(carrier.drain(sink));
            }
            again = sourceHasMore && carrier.isEmpty();
        } while (again && delivered - before < budget);
        mostToRead();
        carrier.settle();
        finish(sink, last);
        return delivered - before;
    }

    private void onRead(int outcome) {
        if (outcome > 0) {
            filled += outcome;
            if (pace != null) {
                pace.onRead(outcome);
            }
        } else if (outcome != Endpoint.NOTHING) {
            sourceFailed |= outcome == Endpoint.FAILED;
            state = State.DRAINING;
            endPace();
        }
    }

    private void onWritten(int outcome) {
        if (outcome == Endpoint.FAILED) {
            sinkFailed = true; // what is carried is kept: it may yet go to another sink
        } else {
            int ours = Math.min(outcome, prefix);
            prefix -= ours;
            prefixSent |= ours > 0;
            delivered += outcome - ours;
        }
    }

    private void finish(Endpoint sink, boolean last) {
        if (state == State.DRAINING && carrier.isEmpty()) {
            state = sourceFailed || last ? State.DONE : State.FINISHING;
        }
        if (state == State.FINISHING) {
            int outcome = sink.shutdownOutput();
            sinkFailed = outcome == Endpoint.FAILED;
            state = outcome == Endpoint.DONE ? State.DONE : State.FINISHING;
        }
    }

    /** The source is known to be dead: what it has sent still counts, but its end is a failure and not an end of stream. */
    void distrustSource() {
        if (state != State.DONE) {
            sourceFailed = true;
            if (state == State.FINISHING) {
                state = State.DONE;
            }
        }
    }

    /** The sink failed before it took a byte, and another takes its place. */
    void replaceSink() {
        assert !hasSent() && state != State.DONE : this;
        if (prefix > 0) {
            carrier.skip(prefix);
            prefix = 0;
        }
        sinkFailed = false;
    }

    /** Drops what is carried, for good. */
    void abandon() {
        carrier.release();
        prefix = 0;
        state = State.DONE;
        endPace();
    }

    private void endPace() {
        if (pace != null) {
            pace.end();
        }
    }

    /** Where it stands, for the log. */
    @Override
    public String toString() {
        return state + " filled=" + filled + " delivered=" + delivered;
    }
}
