package io.lbkit.core.sim;

import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.Reading;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Supplier;

/** The PROXY header that a backend waits for, as it comes in; complains about one that says something else. */
final class Announcement {

    private static final int MOST = 1024;

    private final Supplier<ProxyHeader> expected;
    private final ByteBuffer seen = ByteBuffer.allocate(MOST);
    private boolean complete;

    Announcement(Supplier<ProxyHeader> expected) {
        this.expected = expected;
    }

    boolean isComplete() {
        return complete;
    }

    /** Takes what belongs to the header, and leaves the rest. */
    void take(ByteBuffer bytes) {
        while (!complete && bytes.hasRemaining()) {
            seen.put(bytes.get());
            Reading<ProxyHeader> reading = ProxyHeader.read(seen.duplicate().flip(), ProxyHeader.Versions.BOTH, MOST);
            if (reading.value() != null) {
                complete = true;
                check(reading.value(), expected.get());
            } else if (reading.state() != Reading.State.MORE) {
                throw new AssertionError("no header: " + reading.flaw());
            }
        }
    }

    private static void check(ProxyHeader is, ProxyHeader wanted) {
        boolean right = Objects.equals(is.source(), wanted.source())
                && Objects.equals(is.destination(), wanted.destination())
                && is.command() == wanted.command()
                && is.length() == wanted.length();
        if (!right) {
            throw new AssertionError("a header for " + is.source() + " to " + is.destination() + " of " + is.length()
                    + " bytes, expected " + wanted.source() + " to " + wanted.destination() + " of "
                    + wanted.length());
        }
    }
}
