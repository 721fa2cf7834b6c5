package io.lbkit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.HealthCheck;
import io.lbkit.HealthQuestion;
import io.lbkit.HealthQuestion.HttpGet;
import io.lbkit.SendProxy;
import io.lbkit.Tls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The words of the command line, right and wrong. */
class CliTextTest {

    @ParameterizedTest
    @CsvSource({"1ms,PT0.001S", "500ms,PT0.5S", "2s,PT2S", "010s,PT10S", "10m,PT10M", "1h,PT1H", "off,PT0S", "0s,PT0S"})
    void times(String text, Duration expected) {
        assertEquals(expected, CliText.duration(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "s", "5", "5 s", "5sec", "5S", "-5s", "+5s", "1.5s", "1h30m", "OFF", "9999999999s", "1d"})
    void wrong_times(String text) {
        String complaint = "expected a time such as 500ms, 2s, 10m, 1h or off, not '" + text + "'";
        assertEquals(complaint, complaintOf(() -> CliText.duration(text)));
    }

    @ParameterizedTest
    @CsvSource({"1024,1024", "1k,1024", "500K,512000", "10M,10485760", "1g,1073741824", "2147483647,2147483647"})
    void bytes(String text, int expected) {
        assertEquals(expected, CliText.bytes(text, "bytes", 1024));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "0", "1023", "2G", "9999999999G", "1.5M", "-5M", "10 M", "10MB", "10Mi", "1T"})
    void wrong_bytes(String text) {
        String complaint = "expected bytes between 1024 and 2147483647, such as 500k or 10M, not '" + text + "'";
        assertEquals(complaint, complaintOf(() -> CliText.bytes(text, "bytes", 1024)));
    }

    @Test
    void addresses() throws Exception {
        assertEquals(new InetSocketAddress("127.0.0.1", 80), CliText.address("127.0.0.1:80"));
        assertEquals(new InetSocketAddress("0.0.0.0", 0), CliText.address("0.0.0.0:0"));
        assertEquals(new InetSocketAddress(InetAddress.getByName("::1"), 65535), CliText.address("[::1]:65535"));
        assertEquals(new InetSocketAddress(InetAddress.getByName("::"), 1), CliText.address("[::]:1"));
        assertEquals(
                new InetSocketAddress(InetAddress.getByName("localhost"), 5432), CliText.address("localhost:5432"));
        assertEquals(UnixDomainSocketAddress.of("/run/app.sock"), CliText.address("unix:/run/app.sock"));
        assertEquals(UnixDomainSocketAddress.of("app.sock"), CliText.address("unix:app.sock"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "80", ":80", "127.0.0.1", "::1:80", "[]:80", "[127.0.0.1]:80", "[::1:80", "::1]:80"})
    void wrong_addresses(String text) {
        String complaint = "expected HOST:PORT, [IPV6]:PORT or unix:PATH, not '" + text + "'";
        assertEquals(complaint, complaintOf(() -> CliText.address(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "65536", "8 0", "1e3", "99999999999"})
    void wrong_ports(String port) {
        String complaint = "expected a port between 0 and 65535, not '" + port + "'";
        assertEquals(complaint, complaintOf(() -> CliText.address("127.0.0.1:" + port)));
    }

    @ParameterizedTest
    @CsvSource({"1/s,1", "100/s,100", "1000/s,1000"})
    void rates(String text, int expected) {
        assertEquals(new CliText.Rate(expected, 0), CliText.rate(text, 1000));
        assertEquals(new CliText.Rate(expected, 7), CliText.rate(text + ",burst=7", 1000));
    }

    @Test
    void wrong_bursts() {
        assertEquals(
                "expected a burst between 1 and 1000, not '0'", complaintOf(() -> CliText.rate("1/s,burst=0", 1000)));
        assertEquals(
                "expected a burst between 1 and 1000, not ''", complaintOf(() -> CliText.rate("1/s,burst=", 1000)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "s", "1/m", "1 / s ", "1/S", "1/s,", "1/s,burst", "1/s burst=2"})
    void wrong_rates(String text) {
        String complaint = "expected a rate such as 100/s or 100/s,burst=20, not '" + text + "'";
        assertEquals(complaint, complaintOf(() -> CliText.rate(text, 1000)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/s", "0/s", "1001/s", "-1/s", "1.5/s", " 1/s"})
    void rates_out_of_range(String text) {
        String number = text.substring(0, text.length() - 2);
        String complaint = "expected a rate between 1 and 1000, not '" + number + "'";
        assertEquals(complaint, complaintOf(() -> CliText.rate(text, 1000)));
    }

    @Test
    void versions_of_headers() {
        assertEquals(SendProxy.V1, CliText.sendProxy("v1"));
        assertEquals(SendProxy.V2, CliText.sendProxy("v2"));
        assertEquals("expected v1 or v2, not 'V1'", complaintOf(() -> CliText.sendProxy("V1")));
    }

    @Test
    void unknown_hosts() {
        assertEquals("unknown host 'a:b'", complaintOf(() -> CliText.address("[a:b]:80")));
    }

    @Test
    void health_checks() {
        assertEquals(new HealthQuestion.Connect(), CliText.healthCheck("tcp").question());
        assertEquals(0, CliText.healthCheck("tcp").port());
        assertEquals(5433, CliText.healthCheck("tcp,port=5433").port());
        HealthCheck patroni = CliText.healthCheck("http:/primary,port=8008");
        assertEquals(HttpGet.of("/primary"), patroni.question());
        assertEquals(8008, patroni.port());
        HealthCheck commas = CliText.healthCheck("http:/a,b?c=d,port=1,port=2");
        assertEquals(HttpGet.of("/a,b?c=d,port=1"), commas.question());
        assertEquals(2, commas.port());
    }

    @Test
    void backends() {
        Backend plain = CliText.backend("127.0.0.1:80");
        assertEquals("127.0.0.1:80", plain.toString());
        assertEquals("127.0.0.1:80", plain.id());

        Backend all = CliText.backend("[::1]:5432,max=7,id=db,weight=3");
        assertEquals("db@[::1]:5432,weight=3,max=7", all.toString());

        assertEquals(1, CliText.backend("127.0.0.1:80,backup").priority());
        assertNull(CliText.backend("127.0.0.1:80").tls());
        assertTrue(CliText.backend("127.0.0.1:80,tls").tls().verify());
        Tls tls = CliText.backend("127.0.0.1:80,verify=off,sni=db.example.org,tls")
                .tls();
        assertFalse(tls.verify());
        assertEquals("db.example.org", tls.serverName());
        assertEquals(0, CliText.backend("unix:/run/a.sock,weight=0").weight());
        assertEquals("unix:/run/a.sock", CliText.backend("unix:/run/a.sock").id());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127.0.0.1:0               | backend address port is 0, must be between 1 and 65535",
                "127.0.0.1:80,             | expected id=NAME, weight=N, max=N, backup, tls, verify=off or sni=NAME after the address, not ''",
                "127.0.0.1:80,weight       | expected id=NAME, weight=N, max=N, backup, tls, verify=off or sni=NAME after the address, not 'weight'",
                "127.0.0.1:80,Weight=1     | expected id=NAME, weight=N, max=N, backup, tls, verify=off or sni=NAME after the address, not 'Weight=1'",
                "127.0.0.1:80,backup=yes   | expected id=NAME, weight=N, max=N, backup, tls, verify=off or sni=NAME after the address, not 'backup=yes'",
                "127.0.0.1:80,weight=-1    | expected a weight between 0 and 65535, not '-1'",
                "127.0.0.1:80,weight=65536 | expected a weight between 0 and 65535, not '65536'",
                "127.0.0.1:80,weight=      | expected a weight between 0 and 65535, not ''",
                "127.0.0.1:80,max=0        | expected a max between 1 and 2147483647, not '0'",
                "127.0.0.1:80,max=3000000000 | expected a max between 1 and 2147483647, not '3000000000'",
                "127.0.0.1:80,verify=off   | '''verify=off'' is of no use without tls'",
                "127.0.0.1:80,tls,verify=on | expected verify=off, not 'verify=on'",
                "127.0.0.1:80,id=          | 'backend id is \"\", must be 1 to 200 printable characters without spaces'",
                "unix:                     | 'backend address is an empty path, must name a unix-domain socket'",
            })
    void wrong_backends(String text, String complaint) {
        assertEquals(complaint, complaintOf(() -> CliText.backend(text)));
    }

    private static String complaintOf(Executable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong).getMessage();
    }
}
