package io.lbkit.core.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Certificates and keys in text (RFC 7468), with the key formats of OpenSSL: PKCS#8 plain and encrypted (RFC 5958, PBES2 of
 * RFC 8018), PKCS#1 for RSA (RFC 8017) and SEC1 for elliptic curves (RFC 5915). What is wrong with a text is an
 * {@link IOException} whose message completes the sentence "FILE ...".
 *
 * <p>Stateless.
 */
final class PemText {

    private record Block(String label, String body) {}

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \\1-----", Pattern.DOTALL);

    private PemText() {}

    /** All certificates in a text, at least one. */
    static List<X509Certificate> certificates(byte[] text) throws IOException {
        List<X509Certificate> found = new ArrayList<>();
        for (Block block : blocks(text)) {
            if (block.label.equals("CERTIFICATE")
                    || block.label.equals("X509 CERTIFICATE")
                    || block.label.equals("TRUSTED CERTIFICATE")) {
                found.add(certificate(decode(block)));
            }
        }
        if (found.isEmpty()) {
            throw new IOException("has no certificate");
        }
        return found;
    }

    private static X509Certificate certificate(byte[] der) throws IOException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IOException("has a certificate that cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The first private key in a text.
     *
     * @param password of an encrypted one; else not looked at
     */
    static PrivateKey key(byte[] text, String password) throws IOException {
        byte[] curve = new byte[0];
        for (Block block : blocks(text)) {
            switch (block.label) {
                case "PRIVATE KEY" -> {
                    return key(decode(block));
                }
                case "ENCRYPTED PRIVATE KEY" -> {
                    return decrypt(decode(block), password);
                }
                case "RSA PRIVATE KEY" -> {
                    return key(Der.pkcs8OfRsa(decode(block)));
                }
                case "EC PARAMETERS" -> curve = decode(block);
                case "EC PRIVATE KEY" -> {
                    return key(Der.pkcs8OfEc(decode(block), curve));
                }
                default -> {} // certificates, for instance
            }
        }
        throw new IOException("has no private key");
    }

    private static PrivateKey key(byte[] pkcs8) throws IOException {
        List<String> kinds = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS"); // each factory refuses keys of the others
        for (String kind : kinds) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException e) {
                // of another kind, or of none
            } catch (GeneralSecurityException e) {
                throw new IOException("has a private key that this JDK cannot read: " + e.getMessage(), e);
            }
        }
        throw new IOException("has a private key that is of none of " + kinds + ", or broken");
    }

    private static PrivateKey decrypt(byte[] der, String password) throws IOException {
        if (password.isEmpty()) {
            throw new IOException("has an encrypted private key, and no password was given");
        }
        PBEKeySpec spec = new PBEKeySpec(password.toCharArray());
        try {
            EncryptedPrivateKeyInfo sealed = new EncryptedPrivateKeyInfo(der);
            // For PBES2 the name of the algorithm is a number for all of them; the one to ask for is what the
            // parameters call themselves.
            String algorithm = sealed.getAlgParameters() == null
                    ? sealed.getAlgName()
                    : sealed.getAlgParameters().toString();
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
                    sealed.getAlgParameters());
            return key(sealed.getKeySpec(cipher).getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IOException("has a private key that the password does not decrypt: " + e.getMessage(), e);
        } finally {
            spec.clearPassword();
        }
    }

    private static List<Block> blocks(byte[] text) {
        List<Block> found = new ArrayList<>();
        Matcher block = BLOCK.matcher(new String(text, StandardCharsets.ISO_8859_1));
        while (block.find()) {
            found.add(new Block(block.group(1), block.group(2)));
        }
        return found;
    }

    private static byte[] decode(Block block) throws IOException {
        if (block.body.contains("Proc-Type:")) {
            throw new IOException("has a private key encrypted in the old way of OpenSSL,"
                    + " must be PKCS#8: openssl pkcs8 -topk8 -in OLD -out NEW");
        }
        try {
            return Base64.getMimeDecoder().decode(block.body);
        } catch (IllegalArgumentException e) {
            throw new IOException("has a " + block.label + " that is not base64: " + e.getMessage(), e);
        }
    }
}
