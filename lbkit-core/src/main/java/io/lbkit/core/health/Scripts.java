package io.lbkit.core.health;

import io.lbkit.HealthQuestion;
import io.lbkit.Tls;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The scripts of health checks over the network, and that of agents. Stateless. */
final class Scripts {

    private static final byte[] NOTHING = {};

    private Scripts() {}

    static Probes.Script of(HealthQuestion question) {
        if (question instanceof HealthQuestion.Exchange exchange) {
            return of(exchange);
        }
        if (question instanceof HealthQuestion.HttpGet get) {
            return of(get);
        }
        return silent(() -> Accepted.ACCEPTED);
    }

    /** Reads a line. */
    static Probes.Script ofAgent() {
        return silent(AgentLine::new);
    }

    private interface Judges {
        Judge judge();
    }

    private static Probes.Script silent(Judges judges) {
        return new Probes.Script() {
            @Override
            public byte[] request(SocketAddress address) {
                return NOTHING;
            }

            @Override
            public Judge judge() {
                return judges.judge();
            }
        };
    }

    private static Probes.Script of(HealthQuestion.Exchange exchange) {
        byte[] send = exchange.send();
        byte[] expect = exchange.expect();
        return new Probes.Script() {
            @Override
            public byte[] request(SocketAddress address) {
                return send;
            }

            @Override
            public Judge judge() {
                return new ExpectedBytes(expect, exchange.isAnywhere(), exchange.answerBytes());
            }
        };
    }

    private static Probes.Script of(HealthQuestion.HttpGet get) {
        return new Probes.Script() {
            @Override
            public byte[] request(SocketAddress address) {
                String host = get.host().isEmpty() ? hostOf(address) : get.host();
                String text = "GET " + get.path() + " HTTP/1.1\r\nHost: " + host
                        + "\r\nUser-Agent: lbkit\r\nAccept: */*\r\nConnection: close\r\n\r\n";
                return text.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public List<String> alpn(Tls tls) {
                return tls.alpn().isEmpty() ? List.of() : List.of("http/1.1"); // whatever else sessions speak with it
            }

            @Override
            public Judge judge() {
                return new HttpAnswer(get);
            }
        };
    }

    private static String hostOf(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            String ip = inet.getAddress().getHostAddress();
            int zone = ip.indexOf('%'); // means something on this machine only
            String plain = zone < 0 ? ip : ip.substring(0, zone);
            return (inet.getAddress() instanceof Inet6Address ? "[" + plain + "]" : plain) + ":" + inet.getPort();
        }
        return "localhost";
    }
}
