package io.lbkit.core.tls;

import java.security.cert.CertificateException;

/**
 * Why TLS failed, in a word for counters and a line for the report.
 *
 * @param kind what it was
 * @param detail what there is to say about it, of bounded length; may have words that the peer chose, and whatever is no
 *     character for a log: whoever shows it escapes it
 */
public record TlsFailure(Kind kind, String detail) {

    /** The kinds of failure. */
    public enum Kind {
        /** The peer was gone before the handshake was done. */
        LEFT,
        /** What the peer said is not TLS. */
        NOT_TLS,
        /** No version, cipher suite or application protocol that both speak. */
        NOTHING_IN_COMMON,
        /** The certificate of the peer is not trusted. */
        UNTRUSTED,
        /** The certificate of the backend is for another name. */
        WRONG_NAME,
        /** A client that must show a certificate did not. */
        NO_CERTIFICATE,
        /** The peer said no; the detail has its alert. */
        REFUSED,
        /** The stream ended without a {@code close_notify}, or was reset. */
        CUT,
        /** The peer wanted another handshake on a connection that had one. */
        RENEGOTIATION,
        /** More handshakes than can wait to be computed. */
        OVERLOADED,
        /** Anything else, such as a record that was forged. */
        BROKEN
    }

    private static final int MOST_DETAIL = 200;

    /** Classifies what an engine has thrown. */
    static TlsFailure of(Exception thrown) {
        String text = String.valueOf(thrown.getMessage());
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                String why = String.valueOf(cause.getMessage());
                return of(isAboutName(why) ? Kind.WRONG_NAME : Kind.UNTRUSTED, why);
            }
        }
        return of(kindOf(text), text);
    }

    static TlsFailure of(Kind kind, String detail) {
        return new TlsFailure(kind, detail.substring(0, Math.min(detail.length(), MOST_DETAIL)));
    }

    private static boolean isAboutName(String why) {
        return why.startsWith("No subject alternative") || why.startsWith("No name matching");
    }

    /** The JDK has one exception for nearly all of these, and tells them apart in words alone. */
    private static Kind kindOf(String text) {
        if (text.contains("Received fatal alert")) {
            return Kind.REFUSED;
        }
        if (text.contains("mpty client certificate chain")) {
            return Kind.NO_CERTIFICATE;
        }
        if (text.contains("in common")
                || text.contains("appropriate protocol")
                || text.contains("not accepted by server preferences")
                || text.contains("application protocol")
                || text.contains("is not enabled or supported")) {
            return Kind.NOTHING_IN_COMMON;
        }
        return Kind.BROKEN;
    }

    @Override
    public String toString() {
        return kind + ": " + detail;
    }
}
