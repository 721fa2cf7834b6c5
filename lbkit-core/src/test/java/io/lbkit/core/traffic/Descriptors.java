package io.lbkit.core.traffic;

import io.lbkit.Proxy;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/**
 * A process with a proxy in it that can use up its descriptors. It takes a line {@code exhaust} or {@code release} on its
 * standard input and answers on its standard output; at the end of input it exits.
 */
final class Descriptors {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Proxy proxy;
    private final List<FileInputStream> held = new ArrayList<>();
    private long begunNanos;
    private long loopNanosBefore;

    private Descriptors(Proxy proxy) {
        this.proxy = proxy;
        figures(); // classes cannot be loaded from a directory without a descriptor
    }

    /** @param args the port of a backend on 127.0.0.1 */
    public static void main(String[] args) throws IOException {
        try (Proxy proxy = Proxy.builder()
                .listen("127.0.0.1", 0)
                .backend("127.0.0.1", Integer.parseInt(args[0]))
                .loops(2)
                .start()) {
            System.out.println("port " + proxy.port());
            new Descriptors(proxy).obey(new BufferedReader(new InputStreamReader(System.in)));
        }
    }

    private void obey(BufferedReader orders) throws IOException {
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            if (order.equals("exhaust")) {
                exhaust();
                System.out.println("exhausted " + held.size());
            } else {
                String figures = figures();
                release();
                System.out.println("released " + figures);
            }
        }
    }

    private void exhaust() {
        try {
            while (true) {
                held.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException e) {
            begunNanos = System.nanoTime();
            loopNanosBefore = loopNanos();
        }
    }

    /** Of the drought until now: its length, the time the loops were busy, and how often an accept failed. */
    private String figures() {
        return System.nanoTime() - begunNanos + " " + (loopNanos() - loopNanosBefore) + " "
                + proxy.stats().acceptFailures();
    }

    private void release() throws IOException {
        for (FileInputStream file : held) {
            file.close();
        }
        held.clear();
    }

    private static long loopNanos() {
        return Lab.loopThreads().stream()
                .mapToLong(thread -> THREADS.getThreadCpuTime(thread.getId()))
                .sum();
    }
}
