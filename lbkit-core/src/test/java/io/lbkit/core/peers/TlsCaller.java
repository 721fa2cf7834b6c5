package io.lbkit.core.peers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Who speaks TLS to a server, verifies its certificate, and asks for a page by HTTP/1.0, whose length is told by its end alone. */
enum TlsCaller {
    OPENSSL {
        @Override
        Answer ask(Call call) throws Exception {
            try (Program client = Program.start(call.folder, command(call, "-ign_eof"))) {
                client.tell(request(call));
                boolean whole = client.endsWell();
                String said = client.said();
                if (whole) {
                    assertTrue(said.contains("Verification: OK"), said);
                    assertTrue(said.contains("Verified peername: " + call.name), said);
                }
                return Answer.in(said, "New, (TLSv[0-9.]+), ", "ALPN protocol: (\\S+)", whole);
            }
        }
    },
    CURL {
        @Override
        Answer ask(Call call) throws Exception {
            String version = call.protocol.substring(call.protocol.length() - 3);
            List<String> command = List.of(
                    Program.find("curl"),
                    "-q",
                    "-sSv",
                    "--noproxy",
                    "*",
                    "--cacert",
                    call.root.toString(),
                    "--resolve",
                    call.name + ":" + call.at.getPort() + ":"
                            + call.at.getAddress().getHostAddress(),
                    "--tlsv" + version,
                    "--tls-max",
                    version,
                    "https://" + call.name + ":" + call.at.getPort() + "/page");
            try (Program client = Program.start(call.folder, command)) {
                boolean whole = client.endsWell();
                String said = client.said();
                assertTrue(said.contains("SSL certificate verify ok"), said);
                return Answer.in(said, "SSL connection using (TLSv[0-9.]+)", "ALPN.*server accepted (\\S+)", whole);
            }
        }
    },
    JDK {
        @Override
        Answer ask(Call call) throws Exception {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            boolean whole = true;
            try (Socket plain = new Socket()) {
                try (SSLSocket socket = over(plain, call)) {
                    socket.getOutputStream().write(request(call).getBytes(StandardCharsets.US_ASCII));
                    try {
                        socket.getInputStream().transferTo(said);
                    } catch (IOException cut) {
                        whole = false;
                    }
                    return Answer.of(
                            said.toString(StandardCharsets.US_ASCII),
                            socket.getSession().getProtocol(),
                            socket.getApplicationProtocol(),
                            whole);
                }
            }
        }
    };

    /**
     * Whom to call.
     *
     * @param root who has to vouch for the server
     * @param context that trusts this one
     * @param name the server's, asked for and verified
     * @param protocol the version that is to be spoken
     */
    record Call(Path folder, Path root, SSLContext context, String name, InetSocketAddress at, String protocol) {}

    /**
     * What came of it.
     *
     * @param lines of the page
     * @param protocol the version that was spoken
     * @param alpn the application protocol that was agreed on
     * @param whole whether the stream ended in an orderly way
     */
    record Answer(List<String> lines, String protocol, String alpn, boolean whole) {

        private static Answer in(String said, String protocol, String alpn, boolean whole) {
            return of(said, first(protocol, said), first(alpn, said), whole);
        }

        private static Answer of(String said, String protocol, String alpn, boolean whole) {
            return new Answer(
                    said.lines().filter(line -> line.startsWith("line ")).toList(), protocol, alpn, whole);
        }

        private static String first(String pattern, String said) {
            Matcher matcher = Pattern.compile(pattern).matcher(said);
            assertTrue(matcher.find(), () -> pattern + " is not in " + said);
            return matcher.group(1);
        }
    }

    abstract Answer ask(Call call) throws Exception;

    private static String request(Call call) {
        return "GET /page HTTP/1.0\r\nHost: " + call.name + "\r\n\r\n";
    }

    /** The client of OpenSSL, which relays between TLS and its standard input and output. */
    static List<String> command(Call call, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Program.find("openssl"),
                "s_client",
                "-connect",
                call.at.getAddress().getHostAddress() + ":" + call.at.getPort(),
                "-" + call.protocol.toLowerCase().replace("v", "").replace('.', '_'),
                "-servername",
                call.name,
                "-verify_hostname",
                call.name,
                "-verify_return_error",
                "-CAfile",
                call.root.toString(),
                "-alpn",
                "h2,http/1.1"));
        command.addAll(List.of(more));
        return command;
    }

    /** A socket of the JDK's that has shaken hands. */
    static SSLSocket over(Socket plain, Call call) throws IOException, CertificateException {
        plain.connect(call.at);
        plain.setSoTimeout(20_000);
        SSLSocket socket =
                (SSLSocket) call.context.getSocketFactory().createSocket(plain, call.name, call.at.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {call.protocol});
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        assertTrue(shown.getSubjectAlternativeNames().toString().contains(call.name), () -> shown + "");
        return socket;
    }
}
