package io.lbkit.core.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds a ClientHello in the records of TLS at the beginning of a stream: 1 to 20 of them, cut anywhere (RFC 8446, section
 * 5.1). Stateless.
 */
final class HelloRecords {

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEADER_BYTES = 5;
    private static final int HELLO_HEADER_BYTES = 4;
    private static final int MOST_RECORDS = 20;
    private static final int MOST_RECORD_BYTES = 1 << 14;

    private static final Reading<ClientHello> NOT_TLS = Reading.other("not TLS");
    private static final Reading<ClientHello> RECORD = Reading.malformed("a malformed TLS record");
    private static final Reading<ClientHello> RECORDS = Reading.malformed("a ClientHello in more than 20 records");
    private static final Reading<ClientHello> NO_HELLO = Reading.malformed("a TLS handshake without a ClientHello");
    private static final Reading<ClientHello> TOO_LONG = Reading.malformed("a ClientHello longer than allowed");

    private HelloRecords() {}

    static Reading<ClientHello> read(ByteBuffer in, int mostBytes) {
        int start = in.position();
        // What lies behind the bound is as good as not there, so that the answer is the same however much has come.
        int seen = Math.min(in.remaining(), mostBytes);
        Reading<ClientHello> unfinished = seen < mostBytes ? Reading.more() : TOO_LONG;
        int at = 0; // where the record begins
        int known = 0; // bytes of the handshake before this record
        int header = 0; // type and length of the hello, as far as known
        for (int record = 0; record < MOST_RECORDS; record++) {
            int headerSeen = Math.min(seen - at, RECORD_HEADER_BYTES);
            Reading<ClientHello> flaw = flawOf(in, start + at, headerSeen, record == 0);
            if (flaw != null) {
                return flaw;
            }
            if (headerSeen < RECORD_HEADER_BYTES) {
                return unfinished;
            }
            int payload = unsigned(in, start + at + 3);
            at += RECORD_HEADER_BYTES;
            int here = Math.min(payload, seen - at);
            for (int i = 0; i < here && known + i < HELLO_HEADER_BYTES; i++) {
                header = header << 8 | in.get(start + at + i) & 0xff;
                if (known + i == 0 && header != CLIENT_HELLO) {
                    return NO_HELLO;
                }
            }
            if (known + here >= HELLO_HEADER_BYTES) {
                int hello = HELLO_HEADER_BYTES + (header & 0xffffff);
                if (at + hello - known > mostBytes) {
                    return TOO_LONG;
                }
                if (hello - known <= here) {
                    return HelloBody.read(assembled(in, hello));
                }
            }
            if (here < payload) {
                return unfinished;
            }
            known += payload;
            at += payload;
        }
        return RECORDS;
    }

    /** What is wrong with the header of a record, of which so many bytes are there; null if nothing is. */
    private static @Nullable Reading<ClientHello> flawOf(ByteBuffer in, int at, int bytes, boolean first) {
        if (bytes > 0 && in.get(at) != HANDSHAKE
                || bytes > 1 && in.get(at + 1) != 3
                || bytes > 2 && (in.get(at + 2) & 0xff) > 4) {
            return first ? NOT_TLS : RECORD;
        }
        if (bytes == RECORD_HEADER_BYTES) {
            int payload = unsigned(in, at + 3);
            return payload == 0 || payload > MOST_RECORD_BYTES ? RECORD : null;
        }
        return null;
    }

    /** The first bytes of the handshake, without the headers of the records, all of which are there. */
    private static byte[] assembled(ByteBuffer in, int bytes) {
        byte[] handshake = new byte[bytes];
        int at = in.position();
        for (int known = 0; known < bytes; ) {
            int payload = unsigned(in, at + 3);
            at += RECORD_HEADER_BYTES;
            int taken = Math.min(payload, bytes - known);
            in.get(at, handshake, known, taken);
            known += taken;
            at += payload;
        }
        return handshake;
    }

    private static int unsigned(ByteBuffer in, int at) {
        return (in.get(at) & 0xff) << 8 | in.get(at + 1) & 0xff;
    }
}
