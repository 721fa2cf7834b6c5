package io.lbkit.core.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A certificate with those that vouch for it, its key, and the names it is for.
 *
 * <p>Immutable.
 */
record Identity(List<X509Certificate> chain, PrivateKey key, List<String> names) {

    private static final int DNS_NAME = 2; // of the alternative names of a certificate, RFC 5280, 4.2.1.6

    static Identity of(List<X509Certificate> chain, PrivateKey key) throws IOException {
        return new Identity(List.copyOf(chain), key, namesOf(chain.get(0)));
    }

    private static List<String> namesOf(X509Certificate certificate) throws IOException {
        try {
            List<String> names = new ArrayList<>();
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (alternative.get(0).equals(DNS_NAME)) {
                    names.add(alternative.get(1).toString().toLowerCase(Locale.ROOT));
                }
            }
            return List.copyOf(names);
        } catch (CertificateParsingException e) {
            throw new IOException("has a certificate with names that cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether it has exactly this name, in lower case. */
    boolean isNamed(String name) {
        return names.contains(name);
    }

    /** Whether it has a wildcard for this name: one for its first label, and for nothing else. */
    boolean covers(String name) {
        int dot = name.indexOf('.');
        return dot > 0 && names.contains("*" + name.substring(dot));
    }

    /** Whether a kind of authentication can use its key: {@code EC}, or {@code EC_RSA} as TLS 1.2 has it. */
    boolean serves(String keyType) {
        String algorithm = key.getAlgorithm();
        return keyType.equals(algorithm) || keyType.startsWith(algorithm + "_");
    }

    /** Whether the key is that of the certificate; told by a signature, which works the same for all kinds. */
    boolean fits() {
        try {
            byte[] text = {1, 2, 3};
            Signature signer = Signature.getInstance(signature());
            signer.initSign(key);
            signer.update(text);
            byte[] signed = signer.sign();
            signer.initVerify(chain.get(0).getPublicKey());
            signer.update(text);
            return signer.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private String signature() {
        return switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
    }
}
