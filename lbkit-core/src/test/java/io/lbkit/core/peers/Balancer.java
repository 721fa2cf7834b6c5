package io.lbkit.core.peers;

import io.lbkit.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Other balancers, which relay TCP to one server and speak the PROXY protocol on either side. */
enum Balancer {
    HAPROXY {
        @Override
        List<String> command(Path folder, InetSocketAddress at, String to, boolean accepts, String sends)
                throws IOException {
            Path config = folder.resolve("haproxy.cfg");
            Files.writeString(config, """
                    global
                        maxconn 1000
                    defaults
                        mode tcp
                        timeout connect 5s
                        timeout client 1m
                        timeout server 1m
                    listen relay
                        bind %s%s
                        option tcp-check
                        tcp-check connect send-proxy
                        tcp-check send PING\\n
                        tcp-check expect string PING
                        server one %s %s
                    """.formatted(text(at), accepts ? " accept-proxy" : "", to, sends));
            return List.of(Program.find("haproxy"), "-db", "-f", config.toString());
        }

        @Override
        String path(Path socket) {
            return "unix@" + socket;
        }
    },
    NGINX {
        @Override
        List<String> command(Path folder, InetSocketAddress at, String to, boolean accepts, String sends)
                throws IOException {
            Path config = folder.resolve("nginx.conf");
            Files.writeString(config, """
                    load_module /usr/lib/nginx/modules/ngx_stream_module.so;
                    daemon off;
                    master_process off;
                    pid %s/nginx.pid;
                    events { worker_connections 1000; }
                    stream {
                        server {
                            listen %s%s;
                            set_real_ip_from 127.0.0.0/8;
                            proxy_pass %s;
                            %s
                        }
                    }
                    """.formatted(folder, text(at), accepts ? " proxy_protocol" : "", to, sends));
            return List.of(Program.find("nginx"), "-e", "stderr", "-p", folder.toString(), "-c", config.toString());
        }

        @Override
        String path(Path socket) {
            return "unix:" + socket;
        }
    };

    abstract List<String> command(Path folder, InetSocketAddress at, String to, boolean accepts, String sends)
            throws IOException;

    /** How it writes the address of a unix-domain socket. */
    abstract String path(Path socket);

    private static String text(SocketAddress address) {
        return Listener.on(address).toString();
    }

    /**
     * Starts it.
     *
     * @param host where it listens, at a free port
     * @param accepts whether clients must send a header
     * @param sends in its own words, whether it sends one
     */
    Program serve(Path folder, String host, String to, boolean accepts, String sends) throws IOException {
        InetSocketAddress at = Program.free(host);
        return Program.serve(folder, at, command(folder, at, to, accepts, sends));
    }
}
