package io.lbkit.core.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and certificates in every format that a host may have, written by another library. */
class PemTextTest {

    static List<KeyPair> kinds() {
        return List.of(Pki.rsa(), Pki.ec("secp256r1"), Pki.ec("secp384r1"), Pki.ec("secp521r1"), Pki.ed25519());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void pkcs8_plain(KeyPair keys) throws Exception {
        assertSame(keys, key(Pki.pem(new JcaPKCS8Generator(keys.getPrivate(), null)), ""));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void pkcs8_encrypted(KeyPair keys) throws Exception {
        for (ASN1ObjectIdentifier cipher : List.of(PKCS8Generator.AES_128_CBC, PKCS8Generator.AES_256_CBC)) {
            String text = Pki.encrypted(keys, cipher, "a secret");
            assertTrue(text.startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"), text);
            assertSame(keys, key(text, "a secret"));
        }
    }

    @Test
    void pkcs1_of_rsa() throws IOException {
        KeyPair keys = Pki.rsa();
        String text = Pki.pem(keys.getPrivate());
        assertTrue(text.startsWith("-----BEGIN RSA PRIVATE KEY-----"), text);
        assertSame(keys, key(text, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
    void sec1_of_elliptic_curves(String curve) throws IOException {
        KeyPair keys = Pki.ec(curve);
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
        byte[] sec1 = new ECPrivateKey(
                        bitsOf(curve),
                        ECPrivateKey.getInstance(info.parsePrivateKey()).getKey(),
                        SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded())
                                .getPublicKeyData(),
                        info.getPrivateKeyAlgorithm().getParameters())
                .getEncoded();
        assertEquals(
                ((java.security.interfaces.ECPrivateKey) keys.getPrivate()).getS(),
                ((java.security.interfaces.ECPrivateKey) key(block("EC PRIVATE KEY", sec1), "")).getS());
    }

    private static int bitsOf(String curve) {
        return Integer.parseInt(curve.substring(4, 7));
    }

    @Test
    void sec1_with_its_curve_in_a_block_before_it() throws IOException {
        KeyPair keys = Pki.ec("secp256r1");
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
        byte[] bare = new ECPrivateKey(
                        256, ECPrivateKey.getInstance(info.parsePrivateKey()).getKey())
                .getEncoded();
        byte[] curve =
                info.getPrivateKeyAlgorithm().getParameters().toASN1Primitive().getEncoded();
        assertSame(keys, key(block("EC PARAMETERS", curve) + block("EC PRIVATE KEY", bare), ""));
        assertComplaint("has an EC private key that does not name its curve", block("EC PRIVATE KEY", bare), "");
    }

    @Test
    void a_key_is_found_behind_its_certificate_and_with_other_line_ends() throws IOException {
        Pki.Issued site = new Pki("root").issue("a.example.com");
        String both = "Bag Attributes: none\n" + site.certificatePem() + site.keyPem();
        assertSame(site.keys(), key(both.replace("\n", "\r\n"), ""));
        assertEquals(List.of(site.certificate()), PemText.certificates(bytes(both)));
    }

    @Test
    void a_chain_keeps_its_order() throws IOException {
        Pki root = new Pki("root");
        Pki.Issued site = root.issue("a.example.com");
        assertEquals(
                List.of(site.certificate(), root.certificate()),
                PemText.certificates(bytes(site.certificatePem() + root.pem())));
    }

    @Test
    void what_is_wrong_is_said() throws Exception {
        KeyPair keys = Pki.rsa();
        assertComplaint("has no private key", "", "");
        assertComplaint("has no private key", new Pki("root").pem(), "");
        assertComplaint(
                "has an encrypted private key, and no password was given",
                Pki.encrypted(keys, PKCS8Generator.AES_256_CBC, "right"),
                "");
        assertComplaint(
                "has a private key that the password does not decrypt",
                Pki.encrypted(keys, PKCS8Generator.AES_256_CBC, "right"),
                "wrong");
        String old = Pki.pem(new JcaMiscPEMGenerator(
                keys.getPrivate(),
                new JcePEMEncryptorBuilder("AES-128-CBC")
                        .setProvider(new BouncyCastleProvider())
                        .build("right".toCharArray())));
        assertComplaint("has a private key encrypted in the old way of OpenSSL, must be PKCS#8", old, "right");
        assertComplaint("has a private key that is of none of", block("PRIVATE KEY", new byte[40]), "");
        assertComplaint("has an EC private key that is broken", block("EC PRIVATE KEY", new byte[] {0x30}), "");
        IOException none = assertThrows(IOException.class, () -> PemText.certificates(bytes("nothing")));
        assertEquals("has no certificate", none.getMessage());
        IOException broken = assertThrows(
                IOException.class, () -> PemText.certificates(bytes(block("CERTIFICATE", new byte[] {1, 2}))));
        assertTrue(broken.getMessage().startsWith("has a certificate that cannot be read"), broken::getMessage);
    }

    private static void assertComplaint(String beginning, String text, String password) {
        IOException e = assertThrows(IOException.class, () -> key(text, password));
        assertTrue(e.getMessage().startsWith(beginning), e::getMessage);
    }

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
                + "-----\n";
    }

    private static PrivateKey key(String text, String password) throws IOException {
        return PemText.key(bytes(text), password);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void assertSame(KeyPair wanted, PrivateKey found) {
        assertEquals(wanted.getPrivate().getAlgorithm(), found.getAlgorithm());
        assertArrayEquals(wanted.getPrivate().getEncoded(), found.getEncoded());
    }
}
