package io.lbkit.core.tls;

import io.lbkit.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of a {@link Tls} as they were at one moment: all are read before any is looked into, so that what they are
 * compared by is what a context is made of. What is wrong is an {@link IOException} that says which file and why.
 *
 * <p>Immutable.
 */
final class PemFiles {

    /** Larger than any bundle of certificates in use; so that a wrong path does not fill the memory. */
    private static final long MOST_BYTES = 8 << 20;

    private final Tls tls;
    private final boolean trustsAnybody;
    private final Map<Path, byte[]> contents;

    private PemFiles(Tls tls, boolean trustsAnybody, Map<Path, byte[]> contents) {
        this.tls = tls;
        this.trustsAnybody = trustsAnybody;
        this.contents = contents;
    }

    static PemFiles read(Tls tls, boolean trustsAnybody) throws IOException {
        Map<Path, byte[]> contents = new HashMap<>();
        for (Tls.Pem pem : tls.pems()) {
            contents.put(pem.chain(), bytes("tls certificate ", pem.chain()));
            contents.put(pem.key(), bytes("tls key ", pem.key()));
        }
        if (tls.trust() != null) {
            contents.put(tls.trust(), bytes("tls trust ", tls.trust()));
        }
        return new PemFiles(tls, trustsAnybody, contents);
    }

    private static byte[] bytes(String property, Path file) throws IOException {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("is larger than " + MOST_BYTES + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException(property + file + " does not exist", e);
        } catch (IOException e) {
            throw new IOException(property + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A digest, so that no key is kept longer than it takes to compare. */
    byte[] digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Tls.Pem pem : tls.pems()) {
                digest.update(digestOf(pem.chain()));
                digest.update(digestOf(pem.key()));
            }
            if (tls.trust() != null) {
                digest.update(digestOf(tls.trust()));
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private byte[] digestOf(Path file) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(content(file));
    }

    private byte[] content(Path file) {
        byte[] content = contents.get(file);
        if (content == null) {
            throw new AssertionError("not read: " + file);
        }
        return content;
    }

    SSLContext context() throws IOException {
        List<Identity> identities = new ArrayList<>();
        for (Tls.Pem pem : tls.pems()) {
            identities.add(identity(pem));
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    identities.isEmpty() ? null : new KeyManager[] {new NamedKeys(identities)}, trustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("tls cannot be set up: " + e.getMessage(), e);
        }
    }

    private Identity identity(Tls.Pem pem) throws IOException {
        PrivateKey key;
        try {
            key = PemText.key(content(pem.key()), pem.password());
        } catch (IOException e) {
            throw new IOException("tls key " + pem.key() + " " + e.getMessage(), e);
        }
        Identity identity;
        try {
            identity = Identity.of(PemText.certificates(content(pem.chain())), key);
        } catch (IOException e) {
            throw new IOException("tls certificate " + pem.chain() + " " + e.getMessage(), e);
        }
        if (!identity.fits()) {
            throw new IOException("tls key " + pem.key() + " is not that of the first certificate in " + pem.chain());
        }
        return identity;
    }

    private TrustManager @Nullable [] trustManagers() throws GeneralSecurityException, IOException {
        if (trustsAnybody) {
            return new TrustManager[] {new Anybody()};
        }
        Path trust = tls.trust();
        if (trust == null) {
            return null; // whom the JDK trusts
        }
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (X509Certificate certificate : PemText.certificates(content(trust))) {
                store.setCertificateEntry(Integer.toString(store.size()), certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (IOException e) {
            throw new IOException("tls trust " + trust + " " + e.getMessage(), e);
        }
    }
}
