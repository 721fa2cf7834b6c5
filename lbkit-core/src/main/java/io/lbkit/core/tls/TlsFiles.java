package io.lbkit.core.tls;

import io.lbkit.Tls;
import io.lbkit.core.loop.Errands;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * What the files of a {@link Tls} have led to, and when to read them again, which is done on a thread for errands. What is
 * found then is for the connections that begin after it.
 *
 * <p>It does not know its {@code Tls}: whoever has that may keep this by it, and both are forgotten together.
 *
 * <p>Shared; {@code lookAtNanos} by every loop with compare-and-set, the others by one errand at a time.
 */
public final class TlsFiles {

    private final boolean trustsAnybody;
    private final Errands errands;
    private final Consumer<String> complaints;
    private final long reloadNanos;
    private final AtomicLong lookAtNanos;
    private volatile SSLContext current; // written by errands, read by loops
    private byte[] digest;
    private String complained = "";

    private TlsFiles(
            Tls tls, boolean trustsAnybody, Errands errands, Consumer<String> complaints, long nowNanos, PemFiles files)
            throws IOException {
        this.trustsAnybody = trustsAnybody;
        this.errands = errands;
        this.complaints = complaints;
        this.reloadNanos = tls.pems().isEmpty() && tls.trust() == null
                ? 0
                : tls.reloadInterval().toNanos();
        this.lookAtNanos = new AtomicLong(nowNanos + reloadNanos);
        this.current = files.context();
        this.digest = files.digest();
    }

    /**
     * Reads those of a listener.
     *
     * @param complaints told when files have changed and cannot be used; called on a thread for errands
     * @throws IllegalArgumentException if a file cannot be used, naming it
     */
    public static TlsFiles ofListener(Tls tls, Errands errands, Consumer<String> complaints, long nowNanos) {
        return read(tls, false, errands, complaints, nowNanos);
    }

    /** Reads those for backends; otherwise as {@link #ofListener}. */
    public static TlsFiles ofBackends(Tls tls, Errands errands, Consumer<String> complaints, long nowNanos) {
        return read(tls, !tls.verify(), errands, complaints, nowNanos);
    }

    private static TlsFiles read(
            Tls tls, boolean trustsAnybody, Errands errands, Consumer<String> complaints, long nowNanos) {
        try {
            PemFiles files = PemFiles.read(tls, trustsAnybody);
            return new TlsFiles(tls, trustsAnybody, errands, complaints, nowNanos, files);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** A context for the next connection. Any loop. */
    SSLContext context(Tls tls, long nowNanos) {
        long due = lookAtNanos.get();
        if (reloadNanos > 0 && nowNanos - due >= 0 && lookAtNanos.compareAndSet(due, nowNanos + reloadNanos)) {
            errands.run(() -> look(tls)); // if that is refused, it is looked at next time
        }
        return current;
    }

    private synchronized void look(Tls tls) {
        try {
            PemFiles files = PemFiles.read(tls, trustsAnybody);
            byte[] found = files.digest();
            if (!Arrays.equals(found, digest)) {
                current = files.context();
                digest = found;
            }
            complained = "";
        } catch (IOException e) {
            String complaint = e.getMessage() + "; the certificates read before stay in use";
            if (!complaint.equals(complained)) {
                complained = complaint;
                complaints.accept(complaint);
            }
        }
    }
}
