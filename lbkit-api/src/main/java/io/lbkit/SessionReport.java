package io.lbkit;

import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What became of one session; made once, when it ends. {@link #toString()} is one line of {@code key=value} pairs, fit
 * for an access log: whatever a client calls itself, it is one line, and its values have no spaces, but for the detail, which
 * comes last and in quotes.
 *
 * @param sessionId unique in a proxy
 * @param proxy name of the proxy
 * @param client address of the client, as a PROXY header announced it if there was one
 * @param peer address that the connection really came from
 * @param listener address it came through
 * @param serverName whom the client wanted, see {@link ConnectionInfo#serverName()}; null if unknown
 * @param route name of the {@link Route} that it took; null if none, so that the proxy's own backends were for it
 * @param backend the last backend tried, null if none was
 * @param attempts how many backends were tried
 * @param queueTime time spent waiting for a backend to have room
 * @param connectTime time the successful connect took, null if there was none
 * @param firstByteTime time from being connected to the backend's first byte, null if none came
 * @param duration from accept to the end
 * @param bytesToBackend bytes of the client that the backend's connection took
 * @param bytesToClient bytes of the backend that the client's connection took
 * @param phase how far it had come
 * @param reason why it ended
 * @param detail what else there is to say about that, empty if nothing: what was wrong with a PROXY header or a ClientHello, or
 *     why TLS failed, with the client or with the last backend tried; the latter is a word for the kind, a colon and some more,
 *     such as {@code UNTRUSTED: PKIX path building failed}. At most 170 printable ASCII characters, all else escaped as in Java
 *     source; may have words that a peer chose
 */
public record SessionReport(
        long sessionId,
        String proxy,
        SocketAddress client,
        SocketAddress peer,
        SocketAddress listener,
        @Nullable String serverName,
        @Nullable String route,
        @Nullable Backend backend,
        int attempts,
        Duration queueTime,
        @Nullable Duration connectTime,
        @Nullable Duration firstByteTime,
        Duration duration,
        long bytesToBackend,
        long bytesToClient,
        Phase phase,
        CloseReason reason,
        String detail) {

    @Override
    public String toString() {
        return "session=" + sessionId + " proxy=" + proxy + " client=" + AddressText.of(client)
                + (client.equals(peer) ? "" : " peer=" + AddressText.of(peer)) + " listener="
                + AddressText.of(listener) + (serverName == null ? "" : " server-name=" + serverName)
                + (route == null ? "" : " route=" + route) + " backend="
                + (backend == null ? "-" : backend.id()) + " attempts="
                + attempts + " queue=" + millis(queueTime) + " connect=" + millis(connectTime) + " first-byte="
                + millis(firstByteTime) + " duration=" + millis(duration) + " to-backend=" + bytesToBackend
                + " to-client=" + bytesToClient + " phase=" + phase + " ended-by=" + reason.who() + " reason=" + reason
                + (detail.isEmpty() ? "" : " detail=\"" + Range.printable(detail) + '"');
    }

    private static String millis(@Nullable Duration time) {
        if (time == null) {
            return "-";
        }
        long micros = time.toNanos() / 1000;
        return micros / 1000 + "." + String.valueOf(1000 + micros % 1000).substring(1) + "ms";
    }
}
