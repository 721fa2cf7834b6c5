package io.lbkit.core.close;

import java.nio.ByteBuffer;

/**
 * A connected socket in the hands of a test. Nothing here blocks.
 *
 * <p>Owned by the test's thread.
 */
public interface Wire {

    int NOTHING = 0;
    int ENDED = -1;
    int FAILED = -2;

    /** Bytes read, more than 0; or {@link #NOTHING}, {@link #ENDED}, {@link #FAILED}. */
    int read(ByteBuffer into);

    /** Bytes written, possibly fewer than offered; or {@link #FAILED}. */
    int write(ByteBuffer from);

    /** Ends the stream after what was written. */
    void end();

    /** Closes with a reset. */
    void reset();

    /** Closes as a process does that exits; a reset if there is anything unread. */
    void close();

    /** What is worth waking up for. */
    void wants(boolean toRead, boolean toWrite);
}
