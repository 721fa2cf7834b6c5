package io.lbkit;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What a {@link HealthCheck} asks a backend. Immutable, as is each of its kinds. */
public sealed interface HealthQuestion {

    /** How many bytes of an answer are looked at unless more is asked for. */
    int DEFAULT_ANSWER_BYTES = 4096;

    /** Whether it accepts a connection. Says nothing and hears nothing. */
    record Connect() implements HealthQuestion {}

    /**
     * Whether it gives an expected answer. What comes before and after the expected bytes does not matter if they may
     * stand anywhere; else the answer must begin with them.
     */
    final class Exchange implements HealthQuestion {

        private final byte[] send;
        private final byte[] expect;
        private final boolean anywhere;
        private final int answerBytes;

        private Exchange(byte[] send, byte[] expect, boolean anywhere, int answerBytes) {
            this.send = send;
            this.expect = expect;
            this.anywhere = anywhere;
            this.answerBytes = answerBytes;
        }

        /**
         * An exchange of bytes.
         *
         * @param send what to say, at most 4096 bytes; nothing if the backend speaks first
         * @param expect how the answer must begin, 1 to 4096 bytes
         * @return the question
         */
        public static Exchange of(byte[] send, byte[] expect) {
            Range.of("health check send length", send.length, 0, DEFAULT_ANSWER_BYTES);
            Range.of("health check expect length", expect.length, 1, DEFAULT_ANSWER_BYTES);
            return new Exchange(send.clone(), expect.clone(), false, DEFAULT_ANSWER_BYTES);
        }

        /**
         * An exchange of text in UTF-8: {@code of("PING\r\n", "+PONG")}.
         *
         * @param send what to say; empty if the backend speaks first
         * @param expect how the answer must begin
         * @return the question
         */
        public static Exchange of(String send, String expect) {
            return of(send.getBytes(StandardCharsets.UTF_8), expect.getBytes(StandardCharsets.UTF_8));
        }

        /**
         * A copy that finds the expected bytes anywhere in the answer.
         *
         * @return the copy
         */
        public Exchange anywhere() {
            return new Exchange(send, expect, true, answerBytes);
        }

        /**
         * A copy that looks at more or less of the answer.
         *
         * @param bytes as many as are expected to 1048576 (1 MiB); default {@link #DEFAULT_ANSWER_BYTES}
         * @return the copy
         */
        public Exchange answerBytes(int bytes) {
            int checked = Range.of("health check answerBytes", bytes, expect.length, 1 << 20);
            return new Exchange(send, expect, anywhere, checked);
        }

        /** {@return a copy of what is said} */
        public byte[] send() {
            return send.clone();
        }

        /** {@return a copy of what is expected} */
        public byte[] expect() {
            return expect.clone();
        }

        /** {@return whether the expected bytes may stand anywhere in the answer} */
        public boolean isAnywhere() {
            return anywhere;
        }

        /** {@return how many bytes of the answer are looked at} */
        public int answerBytes() {
            return answerBytes;
        }

        @Override
        public String toString() {
            return "exchange of " + send.length + " bytes for " + expect.length + (anywhere ? " anywhere" : "");
        }
    }

    /**
     * Whether it answers {@code GET} with an expected status, and perhaps with an expected text in the body. The request
     * is HTTP/1.1 and asks to close the connection; redirects are not followed, informational answers (1xx) are skipped,
     * a chunked body is read as what it means.
     *
     * @param path what to get, with its query; begins with a slash
     * @param host the {@code Host} header; empty for the address that is asked
     * @param leastStatus the lowest status that passes, 100 to 599
     * @param mostStatus the highest status that passes, {@code leastStatus} to 599
     * @param body text that the body must contain, in UTF-8; empty if the body does not matter
     * @param answerBytes how many bytes of head and body are looked at, 64 to 1048576 (1 MiB)
     */
    record HttpGet(String path, String host, int leastStatus, int mostStatus, String body, int answerBytes)
            implements HealthQuestion {

        /** Checks the values. */
        public HttpGet {
            Range.text("health check path", path, 2000);
            if (!path.startsWith("/") || !path.chars().allMatch(c -> c < 0x80)) {
                throw new IllegalArgumentException(
                        "health check path is \"" + path + "\", must begin with a slash and be of ASCII characters");
            }
            if (!host.isEmpty()) {
                Range.text("health check host", host, 255);
            }
            Range.of("health check leastStatus", leastStatus, 100, 599);
            Range.of("health check mostStatus", mostStatus, leastStatus, 599);
            Range.of("health check body length", body.length(), 0, DEFAULT_ANSWER_BYTES);
            Range.of("health check answerBytes", answerBytes, 64, 1 << 20);
        }

        /**
         * A question that any status from 200 to 399 answers.
         *
         * @param path what to get, with its query; 1 to 2000 ASCII characters, the first a slash
         * @return the question
         */
        public static HttpGet of(String path) {
            return new HttpGet(path, "", 200, 399, "", DEFAULT_ANSWER_BYTES);
        }

        /**
         * A copy with other statuses that pass.
         *
         * @param least the lowest, 100 to 599
         * @param most the highest, {@code least} to 599
         * @return the copy
         */
        public HttpGet status(int least, int most) {
            return new HttpGet(path, host, least, most, body, answerBytes);
        }

        /**
         * A copy with another {@code Host} header.
         *
         * @param host 1 to 255 printable characters without spaces
         * @return the copy
         */
        public HttpGet host(String host) {
            return new HttpGet(
                    path, Range.text("health check host", host, 255), leastStatus, mostStatus, body, answerBytes);
        }

        /**
         * A copy that wants a text in the body as well.
         *
         * @param text at most 4096 characters; empty if the body does not matter
         * @return the copy
         */
        public HttpGet body(String text) {
            return new HttpGet(path, host, leastStatus, mostStatus, text, answerBytes);
        }

        /**
         * A copy that looks at more or less of the answer.
         *
         * @param bytes 64 to 1048576 (1 MiB), head included; default {@link #DEFAULT_ANSWER_BYTES}
         * @return the copy
         */
        public HttpGet answerBytes(int bytes) {
            return new HttpGet(path, host, leastStatus, mostStatus, body, bytes);
        }
    }

    /**
     * Whether the host's own code says so.
     *
     * @param test called on a thread that may block, never on an event loop, and for one backend not again before the
     *     last call has ended; an exception, a stage that fails and {@code false} are failed checks. When the timeout is
     *     over, the thread is interrupted
     */
    record HostTest(Function<Backend, ? extends CompletionStage<Boolean>> test) implements HealthQuestion {

        /** Checks the value. */
        public HostTest {
            Objects.requireNonNull(test, "health check test");
        }
    }
}
