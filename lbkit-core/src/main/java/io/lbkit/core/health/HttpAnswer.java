package io.lbkit.core.health;

import io.lbkit.HealthQuestion;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Judges an answer in HTTP/1: its status, and perhaps a text in its body, which may be chunked. It keeps nothing of the
 * answer but the line that it is in, and not all of that.
 *
 * <p>Owned by one event loop.
 */
final class HttpAnswer implements Judge {

    private enum Part {
        STATUS,
        HEADERS,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END
    }

    /** Longer lines are cut: what matters of a line stands in front. */
    private static final int LINE = 128;

    private final HealthQuestion.HttpGet question;
    private final @Nullable Needle text;
    private final byte[] line = new byte[LINE];
    private int lineLength;
    private Part part = Part.STATUS;
    private int status;
    private boolean chunked;
    private long left = -1; // bytes of the body or the chunk; -1 for a body that ends with the connection
    private int seen;

    HttpAnswer(HealthQuestion.HttpGet question) {
        this.question = question;
        this.text =
                question.body().isEmpty() ? null : new Needle(question.body().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public @Nullable Outcome onBytes(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            Outcome outcome = on(bytes.get());
            if (outcome == null && ++seen >= question.answerBytes()) {
                outcome = Outcome.failed(
                        status == 0
                                ? "no status within " + seen + " bytes"
                                : "status " + status + ", not the expected text within " + seen + " bytes");
            }
            if (outcome != null) {
                return outcome;
            }
        }
        return null;
    }

    @Override
    public Outcome onEnd() {
        return part == Part.STATUS ? Outcome.failed("ended without a status") : textMissing();
    }

    private @Nullable Outcome on(byte b) {
        return switch (part) {
            case BODY -> onBody(b);
            case CHUNK -> onChunk(b);
            default -> onLine(b);
        };
    }

    private @Nullable Outcome onLine(byte b) {
        if (b != '\n') {
            if (lineLength < LINE) {
                line[lineLength++] = b;
            }
            return part == Part.STATUS ? earlyVerdict() : null;
        }
        int length = lineLength > 0 && line[lineLength - 1] == '\r' ? lineLength - 1 : lineLength;
        String ended = new String(line, 0, length, StandardCharsets.ISO_8859_1);
        lineLength = 0;
        return switch (part) {
            case STATUS -> onStatus(ended);
            case HEADERS -> onHeader(ended);
            case CHUNK_SIZE -> onChunkSize(ended);
            case CHUNK_END -> {
                part = Part.CHUNK_SIZE;
                yield ended.isEmpty() ? null : malformed();
            }
            case BODY, CHUNK -> throw new AssertionError(part);
        };
    }

    /** What cannot become a status line is known before the line has ended: it may have no end. */
    private @Nullable Outcome earlyVerdict() {
        String begin = "HTTP/1.";
        int at = lineLength - 1;
        return at < begin.length() && line[at] != begin.charAt(at) ? Outcome.failed("not an answer in HTTP/1") : null;
    }

    private @Nullable Outcome onStatus(String ended) {
        status = statusOf(ended);
        if (status < 0) {
            return Outcome.failed("malformed status line");
        }
        part = Part.HEADERS;
        if (status < 200 && status != 101) {
            return null; // informational: the answer proper follows
        }
        if (status < question.leastStatus() || status > question.mostStatus()) {
            return Outcome.failed("status " + status);
        }
        return text == null ? Outcome.passed("status " + status) : null;
    }

    /** {@code HTTP/1.x NNN}, then the end or a space and whatever; -1 for anything else. */
    static int statusOf(String line) {
        if (line.length() < 12
                || !line.startsWith("HTTP/1.")
                || !isDigit(line.charAt(7))
                || line.charAt(8) != ' '
                || line.length() > 12 && line.charAt(12) != ' ') {
            return -1;
        }
        int status = 0;
        for (int i = 9; i < 12; i++) {
            if (!isDigit(line.charAt(i))) {
                return -1;
            }
            status = 10 * status + line.charAt(i) - '0';
        }
        return status < 100 ? -1 : status;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private @Nullable Outcome onHeader(String ended) {
        if (!ended.isEmpty()) {
            int colon = ended.indexOf(':');
            String name = colon < 0 ? "" : ended.substring(0, colon);
            String value = ended.substring(colon + 1).trim();
            if (name.equalsIgnoreCase("transfer-encoding")) {
                chunked |= value.regionMatches(true, Math.max(0, value.length() - 7), "chunked", 0, 7);
            } else if (name.equalsIgnoreCase("content-length")) {
                left = sizeOf(value, 10);
                return left < 0 ? malformed() : null;
            }
            return null;
        }
        if (status < 200 && status != 101) {
            part = Part.STATUS;
            return null;
        }
        part = chunked ? Part.CHUNK_SIZE : Part.BODY;
        return !chunked && left == 0 ? textMissing() : null;
    }

    private @Nullable Outcome onBody(byte b) {
        if (isTextFound(b)) {
            return Outcome.passed("status " + status + " with the expected text");
        }
        return left > 0 && --left == 0 ? textMissing() : null;
    }

    private @Nullable Outcome onChunkSize(String ended) {
        int semicolon = ended.indexOf(';');
        left = sizeOf((semicolon < 0 ? ended : ended.substring(0, semicolon)).trim(), 16);
        part = Part.CHUNK;
        if (left < 0) {
            return malformed();
        }
        return left == 0 ? textMissing() : null;
    }

    private @Nullable Outcome onChunk(byte b) {
        if (isTextFound(b)) {
            return Outcome.passed("status " + status + " with the expected text");
        }
        if (--left == 0) {
            part = Part.CHUNK_END;
        }
        return null;
    }

    private boolean isTextFound(byte b) {
        return text != null && text.on(b);
    }

    /** A number without a sign that a long has room for, or -1. */
    private static long sizeOf(String digits, int radix) {
        try {
            return digits.isEmpty() || Character.digit(digits.charAt(0), radix) < 0
                    ? -1
                    : Long.parseLong(digits, radix);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private Outcome malformed() {
        return Outcome.failed("status " + status + ", malformed answer");
    }

    private Outcome textMissing() {
        return Outcome.failed("status " + status + " without the expected text");
    }
}
