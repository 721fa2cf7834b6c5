#!/usr/bin/env python3
"""What TLS costs a proxy that ends it: CPU for a gigabyte and for a full handshake, lbkit beside HAProxy.

    mvn -q -DskipTests package && python3 docs/benchmarks/tls.py [--rounds N] [--java PATH]

Needs Linux with two cores, haproxy, openssl and taskset. The proxies run on core 0, with one thread that relays; the load and the
server behind them on core 1. Both proxies have the same certificates and keys (ECDSA P-256 and RSA 2048) and speak TLS 1.3 with
AES-128-GCM and X25519 to the same client, which is OpenSSL's, and plain TCP to the server. All proxies are up at once, rounds go
from one to the other, and CPU is what /proc/PID/stat says of the proxy's process (user and system, all threads).

A connection is connect, full handshake (nothing is resumed), 64 bytes and back, and close, sixteen at once. The same without TLS
is measured as well; the difference is what a handshake costs.
"""

import argparse
import os
import pathlib
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = "127.0.0.1"
KINDS = ("plain", "ecdsa", "rsa")
AT_ONCE = 16
STREAMS = 4
PIECE = 256 << 10
TICK = os.sysconf("SC_CLK_TCK")

OPENSSL_CONF = """openssl_conf = main
[main]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
Ciphersuites = TLS_AES_128_GCM_SHA256
Groups = X25519
"""

HAPROXY_CONF = """global
    nbthread 1
    maxconn 1000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen relay
    bind {at}{tls}
    server one {server}
"""


def free_port():
    with socket.create_server((HERE, 0)) as probe:
        return probe.getsockname()[1]


def certificate(folder, name, *key):
    """A self-signed certificate and its key: two files for lbkit, one with both for HAProxy."""
    pem, key_pem, both = (folder / f"{name}.{end}" for end in ("pem", "key", "both"))
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=bench", *key, "-keyout", key_pem, "-out", pem],
                   check=True, stderr=subprocess.DEVNULL)
    both.write_text(pem.read_text() + key_pem.read_text())
    return pem, key_pem, both


# ---- the server: reads a line, "echo" or how much to send or to take

def serve(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def answer(connection):
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = bytearray(PIECE)
        n = connection.recv_into(buffer)
        verb, _, rest = bytes(buffer[:n]).partition(b" ")
        if verb == b"echo":
            connection.sendall(rest)
            connection.recv_into(buffer)
        elif verb == b"send":
            for _ in range(int(rest) // PIECE):
                connection.sendall(buffer)
        elif verb == b"take":
            size, _, more = rest.partition(b"\n")
            left = int(size) - len(more)
            while left > 0:
                n = connection.recv_into(buffer)
                if n == 0:
                    return
                left -= n
            connection.sendall(b"all")


# ---- the load

def dial(port, kind, context):
    plain = socket.create_connection((HERE, port))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if kind == "plain":
        return plain
    secured = context.wrap_socket(plain)
    assert secured.cipher()[:2] == ("TLS_AES_128_GCM_SHA256", "TLSv1.3"), secured.cipher()
    assert not secured.session_reused
    return secured


def connections(port, kind, context, count):
    left = [count // AT_ONCE] * AT_ONCE
    word = b"echo " + b"x" * 64

    def one(i):
        for _ in range(left[i]):
            with dial(port, kind, context) as client:
                client.sendall(word)
                got = b""
                while len(got) < 64:
                    got += client.recv(64)
                if kind != "plain":
                    client.unwrap()
    together(one, AT_ONCE)
    return sum(left)


def stream(port, kind, context, verb, size):
    each = size // STREAMS

    def one(_):
        buffer = bytearray(PIECE)
        with dial(port, kind, context) as client:
            if verb == "send":
                client.sendall(b"send %d" % each)
                got = 0
                while got < each:
                    n = client.recv_into(buffer)
                    assert n > 0, "cut"
                    got += n
            else:
                client.sendall(b"take %d\n" % each)
                for _ in range(each // PIECE):
                    client.sendall(buffer)
                assert client.recv(3) == b"all"
    together(one, STREAMS)
    return size / 1e9


def together(work, count):
    failures = []

    def guarded(i):
        try:
            work(i)
        except BaseException as failure:  # told below
            failures.append(failure)
    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


# ---- the proxies

class Proxy:
    def __init__(self, name, kind, command, port, log):
        self.name, self.kind, self.port = name, kind, port
        self.process = subprocess.Popen(["taskset", "-c", "0", *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def await_up(self):
        for _ in range(600):
            try:
                socket.create_connection((HERE, self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None, f"{self.name} {self.kind} has ended"
                time.sleep(0.05)
        raise AssertionError(f"{self.name} {self.kind} is not up")

    def measure(self, work):
        """CPU seconds and rate of a unit of work."""
        cpu, clock = self.cpu(), time.monotonic()
        done = work()
        seconds = time.monotonic() - clock
        time.sleep(0.05)  # its last closes
        return (self.cpu() - cpu) / done, done / seconds


def start(proxies, folder, server, java, jar, log):
    files = {
        "ecdsa": certificate(folder, "ecdsa", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        "rsa": certificate(folder, "rsa", "-newkey", "rsa:2048"),
    }
    for kind in KINDS:
        port = free_port()
        tls = "" if kind == "plain" else f" ssl crt {files[kind][2]} ssl-min-ver TLSv1.3"
        conf = folder / f"{kind}.cfg"
        conf.write_text(HAPROXY_CONF.format(at=f"{HERE}:{port}", tls=tls, server=server))
        proxies["haproxy", kind] = Proxy("haproxy", kind, ["haproxy", "-db", "-f", conf], port, log)
        port = free_port()
        command = [java, "-XX:+UseSerialGC", "-Xms64m", "-Xmx512m", *jar, "--listen", f"{HERE}:{port}", "--backend", server, "--loops", "1"]
        if kind != "plain":
            command += ["--tls-cert", files[kind][0], "--tls-key", files[kind][1]]
        proxies["lbkit", kind] = Proxy("lbkit", kind, command, port, log)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--java", default="java")
    options.add_argument("--lbkit", default="-jar lbkit-examples/target/lbkit-examples.jar", help="what java is given to run it")
    chosen = options.parse_args()
    if "LBKIT_TLS_BENCH" not in os.environ:
        with tempfile.TemporaryDirectory() as conf:  # OpenSSL reads it when it is loaded, so this has to be another process
            path = pathlib.Path(conf) / "openssl.cnf"
            path.write_text(OPENSSL_CONF)
            environment = {**os.environ, "OPENSSL_CONF": str(path), "LBKIT_TLS_BENCH": "configured"}
            sys.exit(subprocess.run([sys.executable, __file__, *sys.argv[1:]], env=environment).returncode)

    os.sched_setaffinity(0, {1})
    listener = socket.create_server((HERE, 0), backlog=1024)
    server_pid = os.fork()
    if server_pid == 0:
        serve(listener)
    server = "%s:%d" % listener.getsockname()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    works = {
        "ecdsa, CPU s/GB to clients": ("ecdsa", 1, lambda p: stream(p.port, p.kind, context, "send", 1 << 30)),
        "ecdsa, CPU s/GB to servers": ("ecdsa", 1, lambda p: stream(p.port, p.kind, context, "take", 1 << 30)),
        "plain, CPU µs/connection": ("plain", 1e6, lambda p: connections(p.port, p.kind, context, 1600)),
        "ecdsa, CPU µs/connection": ("ecdsa", 1e6, lambda p: connections(p.port, p.kind, context, 1600)),
        "rsa, CPU µs/connection": ("rsa", 1e6, lambda p: connections(p.port, p.kind, context, 800)),
    }
    with tempfile.TemporaryDirectory() as made, open(os.devnull, "w") as log:
        proxies = {}
        try:
            start(proxies, pathlib.Path(made), server, chosen.java, chosen.lbkit.split(), log)
            run(proxies, works, chosen.rounds)
        finally:
            os.kill(server_pid, signal.SIGKILL)
            for proxy in proxies.values():
                proxy.process.terminate()
                proxy.process.wait()


def run(proxies, works, rounds):
    for proxy in proxies.values():
        proxy.await_up()
    results = {}
    for number in range(-2, rounds):  # the first two are for the compiler of the JVM
        for title, (kind, unit, work) in works.items():
            for name in ("haproxy", "lbkit"):
                proxy = proxies[name, kind]
                cost, rate = proxy.measure(lambda: work(proxy))
                if number >= 0:
                    results.setdefault((title, name), []).append((cost * unit, rate))
    print(f"{rounds} rounds: median (least to most) of CPU, median of the ratio within a round, and of what was done in a second")
    for title in works:
        ours, theirs = results[title, "lbkit"], results[title, "haproxy"]
        ratio = statistics.median(our[0] / their[0] for our, their in zip(ours, theirs))
        print(f"{title}: lbkit {text(ours)}, haproxy {text(theirs)}, × {ratio:.2f}")
    for key in ("ecdsa", "rsa"):
        ours, theirs = ([tls[0] - plain[0] for tls, plain in zip(results[f"{key}, CPU µs/connection", name], results["plain, CPU µs/connection", name])]
                        for name in ("lbkit", "haproxy"))
        ratio = statistics.median(our / their for our, their in zip(ours, theirs))
        print(f"{key}, CPU µs/handshake: lbkit {statistics.median(ours):.0f}, haproxy {statistics.median(theirs):.0f}, × {ratio:.2f}")


def text(values):
    costs = sorted(cost for cost, _ in values)
    return (f"{statistics.median(costs):.4g} ({costs[0]:.4g}–{costs[-1]:.4g}), "
            f"{statistics.median(rate for _, rate in values):.3g}/s")


if __name__ == "__main__":
    main()
