package io.lbkit.core.close;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;

/**
 * One of the two who talk through the proxy. What it is told to do is done as the network allows, in that order. What it is
 * asked to have seen is waited for, and nothing else may have come before.
 *
 * <p>Owned by the test's thread.
 */
public final class Side {

    private static final int CHUNK = 16 << 10;

    private final Stage stage;
    private final String name;
    private final Tape sent = new Tape();
    private final Tape received = new Tape();
    private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    private Wire wire;
    private int written;
    private int seen;
    private boolean floods;
    private boolean ends;
    private boolean ended;
    private boolean stalled;
    private boolean gone;
    private boolean writeFailed;
    private boolean sawEnd;
    private boolean sawReset;

    Side(Stage stage, String name) {
        this.stage = stage;
        this.name = name;
    }

    void meets(Wire wire) {
        this.wire = wire;
        this.gone = false;
    }

    // ---- what it is told to do

    /** Calls the proxy. */
    public Side calls() {
        stage.calls(this);
        return this;
    }

    public Side send(String text) {
        sent.add(text);
        act();
        return this;
    }

    /** Sends that many bytes. */
    public Side send(int bytes) {
        sent.addNoise(bytes);
        act();
        return this;
    }

    /** Sends until nothing moves any more, with the proxy's buffer for this way full. */
    public Side flood() {
        stage.settle();
        long before = stage.buffersInUse();
        do {
            floods = true;
            stage.until(this + " has filled the way", () -> stage.buffersInUse() > before && written < sent.size());
            floods = false;
            sent.cut(written);
            stage.settle();
        } while (stage.buffersInUse() == before); // the systems had found room for it after all
        return this;
    }

    /** Ends its stream after what it has sent. */
    public Side end() {
        ends = true;
        act();
        return this;
    }

    /** Reads no more, until {@link #resume()}. */
    public Side stall() {
        stalled = true;
        return this;
    }

    /** Reads that many bytes, which are there, and no more. */
    public Side takes(int bytes) {
        for (int left = bytes; left > 0; ) {
            int n = wire.read(buffer.clear().limit(Math.min(left, CHUNK)));
            assertTrue(n > 0, () -> "bytes to read at " + this);
            received.add(buffer.flip());
            left -= n;
        }
        return this;
    }

    public Side resume() {
        stalled = false;
        return this;
    }

    /** Resets its connection. */
    public void reset() {
        act();
        gone = true;
        wire.reset();
    }

    /** Closes its connection as a process does that exits. */
    public void close() {
        act();
        gone = true;
        wire.close();
    }

    /** Does what it can do now; whether that was anything. */
    boolean act() {
        if (wire == null || gone) {
            return false;
        }
        boolean moved = write() | read();
        wire.wants(mayRead(), !writeFailed && written < sent.size());
        return moved;
    }

    private boolean write() {
        if (floods && written == sent.size()) {
            sent.addNoise(CHUNK);
        }
        int before = written;
        while (written < sent.size() && !writeFailed) {
            int n = wire.write(sent.from(written));
            if (n == 0) {
                break;
            }
            writeFailed = n == Wire.FAILED;
            written += Math.max(0, n);
        }
        boolean endsNow = ends && !ended && written == sent.size();
        if (endsNow) {
            ended = true;
            wire.end();
        }
        return endsNow || written > before;
    }

    private boolean mayRead() {
        return !stalled && !isOver();
    }

    private boolean read() {
        boolean moved = false;
        for (int n = 1; n > 0 && mayRead(); moved |= n != Wire.NOTHING) {
            n = wire.read(buffer.clear());
            received.add(buffer.flip());
            // Once a write has told of a reset, the system shows reads an end of stream.
            sawReset = n == Wire.FAILED || n == Wire.ENDED && writeFailed;
            sawEnd = n == Wire.ENDED && !writeFailed;
        }
        return moved;
    }

    private boolean isOver() {
        return sawEnd || sawReset;
    }

    // ---- what it is asked to have seen

    /** This came next. */
    public Side received(String text) {
        int end = seen + text.length();
        stage.until(this + " receives \"" + text + "\"", () -> received.size() >= end || isOver());
        assertEquals(text, received.text(seen, end), () -> "what came next to " + this);
        seen = end;
        return this;
    }

    /** All that the other one sent came, and nothing else. */
    public Side receivedAllOf(Side other) {
        stage.until(this + " receives all of " + other, () -> received.size() >= other.sent.size() || isOver());
        receivedPartOf(other);
        assertEquals(other.sent.size(), received.size(), () -> "bytes of " + other + " that came to " + this);
        return this;
    }

    /** All that came is the beginning of what the other one sent. */
    public Side receivedPartOf(Side other) {
        assertEquals(-1, received.differsFrom(other.sent), () -> "the first wrong byte of " + other + " at " + this);
        seen = received.size();
        return this;
    }

    /** The stream ended here. */
    public Side sawEnd() {
        stage.until(this + " sees the end", this::isOver);
        assertTrue(sawEnd, () -> "an end at " + this);
        assertEquals(seen, received.size(), () -> "bytes before the end at " + this);
        return this;
    }

    /** The connection was reset here. */
    public Side sawReset() {
        stage.until(this + " sees the reset", this::isOver);
        assertTrue(sawReset, () -> "a reset at " + this);
        assertEquals(seen, received.size(), () -> "bytes before the reset at " + this);
        return this;
    }

    /** After some of what the other one sent, the connection was reset here; how many bytes came. */
    public int sawResetAfterPartOf(Side other) {
        stage.until(this + " sees the reset", this::isOver);
        receivedPartOf(other).sawReset();
        return seen;
    }

    /** What it sends is no longer taken: how one who has seen the end of the stream learns of a reset. */
    public Side isCutOff() {
        stage.until(this + " is cut off", () -> writeFailed || wire.write(ByteBuffer.wrap(new byte[1])) < 0);
        return this;
    }

    /** Nothing more came. */
    public Side nothing() {
        stage.settle();
        assertEquals(seen, received.size(), () -> "bytes that came to " + this);
        assertFalse(isOver(), () -> "what came to " + this);
        return this;
    }

    /** How many bytes have come. */
    public int count() {
        return received.size();
    }

    @Override
    public String toString() {
        return name + " (sent " + sent.size() + (written < sent.size() ? ", taken " + written : "")
                + (ended ? ", ended" : "") + (gone ? ", gone" : "") + ", received " + received.size()
                + (stalled ? ", stalled" : "") + (sawEnd ? ", saw the end" : "") + (sawReset ? ", saw a reset" : "")
                + ")";
    }
}
