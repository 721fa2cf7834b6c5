package io.lbkit.core.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/** An authority that lives as long as a test, and what it vouches for. */
public final class Pki {

    /** A certificate with its key. */
    public record Issued(X509Certificate certificate, KeyPair keys) {

        public String certificatePem() {
            return pem(certificate);
        }

        /** The key as encrypted PKCS#8. */
        public String keyPem(String password) {
            return encrypted(keys, PKCS8Generator.AES_256_CBC, password);
        }

        /** The key as PKCS#8. */
        public String keyPem() {
            return pem(new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded()));
        }
    }

    private static final AtomicLong SERIAL = new AtomicLong(1L << 32); // each as long as the others

    private final Issued root;

    /** @param name of the authority */
    public Pki(String name) {
        this(name, ec("secp256r1"));
    }

    /** @param keys its own */
    public Pki(String name, KeyPair keys) {
        X500Principal subject = new X500Principal("CN=" + name);
        root = new Issued(sign(subject, keys, subject, keys, true, List.of()), keys);
    }

    public X509Certificate certificate() {
        return root.certificate;
    }

    /** The key to that certificate. */
    public PrivateKey key() {
        return root.keys.getPrivate();
    }

    public String pem() {
        return root.certificatePem();
    }

    /** What trusts this authority, and has no certificate of its own. */
    public SSLContext trusting() {
        return context(null);
    }

    /** What shows a certificate, and trusts this authority. */
    public SSLContext context(@Nullable Issued shown) {
        try {
            KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
            trust.load(null, null);
            trust.setCertificateEntry("root", root.certificate);
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(trust);
            KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
            own.load(null, null);
            if (shown != null) {
                own.setKeyEntry("own", shown.keys.getPrivate(), new char[0], new X509Certificate[] {shown.certificate});
            }
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A certificate for some names or addresses. */
    public Issued issue(KeyPair keys, String... names) {
        return new Issued(
                sign(
                        root.certificate.getSubjectX500Principal(),
                        root.keys,
                        new X500Principal("CN=somebody"),
                        keys,
                        false,
                        List.of(names)),
                keys);
    }

    public Issued issue(String... names) {
        return issue(ec("secp256r1"), names);
    }

    private static X509Certificate sign(
            X500Principal issuer,
            KeyPair issuerKeys,
            X500Principal subject,
            KeyPair keys,
            boolean authority,
            List<String> names) {
        Instant now = Instant.now();
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    BigInteger.valueOf(SERIAL.getAndIncrement()),
                    Date.from(now.minus(1, ChronoUnit.DAYS)),
                    Date.from(now.plus(1, ChronoUnit.DAYS)),
                    subject,
                    keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(names.stream()
                                .map(n -> new GeneralName(
                                        n.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, n))
                                .toArray(GeneralName[]::new)));
            }
            String algorithm =
                    issuerKeys.getPrivate().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder(algorithm).build(issuerKeys.getPrivate())));
        } catch (IOException | OperatorException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public static KeyPair ec(String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public static KeyPair rsa() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public static KeyPair ed25519() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Whatever the library can write. */
    public static String pem(Object... objects) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            for (Object object : objects) {
                writer.writeObject(object);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** A key as encrypted PKCS#8. */
    public static String encrypted(KeyPair keys, ASN1ObjectIdentifier cipher, String password) {
        try {
            return pem(new JcaPKCS8Generator(
                    keys.getPrivate(),
                    new JceOpenSSLPKCS8EncryptorBuilder(cipher)
                            .setProvider(new BouncyCastleProvider())
                            .setPRF(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE))
                            .setPassword(password.toCharArray())
                            .build()));
        } catch (OperatorException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes a text into a file of a directory. */
    public static Path file(Path directory, String name, String... texts) {
        try {
            return Files.writeString(
                    directory.resolve(name), String.join("", Stream.of(texts).toList()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
