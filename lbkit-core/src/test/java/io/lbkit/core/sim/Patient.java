package io.lbkit.core.sim;

import io.lbkit.Backend;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A server that is well or not, and writes down who came and when. It answers questions in HTTP, PING, and agents'; to
 * everybody else it says nothing.
 */
final class Patient implements CheckPeer.Manner {

    enum Mood {
        WELL,
        /** Answers, but badly. */
        UNWELL,
        /** Accepts, reads, and says nothing. */
        SILENT,
        /** Its process does nothing at all; the system accepts for it as long as the backlog has room. */
        FROZEN,
        /** The network swallows what is sent to it. */
        UNREACHABLE,
        REFUSING
    }

    final String id;
    final InetSocketAddress address;
    final List<CheckPeer> visits = new ArrayList<>();
    final List<Long> visitTimes = new ArrayList<>();
    private final SimNetwork network;
    private final SimBacklog backlog;
    private Mood mood = Mood.WELL;
    private String questionEnd;
    private String wellAnswer = "";
    private String unwellAnswer = "";
    private boolean closesFirst;

    Patient(SimNetwork network, String id, InetSocketAddress address) {
        this.network = network;
        this.id = id;
        this.address = address;
        this.backlog = network.listen(address, 128);
    }

    Patient speaksHttp() {
        return answers("\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nwell", "HTTP/1.1 503 Unavailable\r\n\r\nunwell", true);
    }

    /** @param end of a question; empty if it speaks first */
    Patient answers(String end, String well, String unwell, boolean closes) {
        questionEnd = end;
        wellAnswer = well;
        unwellAnswer = unwell;
        closesFirst = closes;
        return this;
    }

    Backend backend() {
        return Backend.of(address).id(id);
    }

    Patient feels(Mood mood) {
        this.mood = mood;
        backlog.answer(
                switch (mood) {
                    case UNREACHABLE -> SimBacklog.Answer.DROP;
                    case REFUSING -> SimBacklog.Answer.REFUSE;
                    default -> SimBacklog.Answer.ACCEPT;
                });
        network.onMove();
        return this;
    }

    Mood mood() {
        return mood;
    }

    /** Does what there is to do; false if there was nothing. */
    boolean act() {
        boolean acted = false;
        while (isAwake() && !backlog.waiting().isEmpty()) {
            visits.add(new CheckPeer(network, backlog.waiting().remove(), this));
            visitTimes.add(network.now());
            acted = true;
        }
        for (CheckPeer visit : List.copyOf(visits)) {
            while (visit.hasWork()) {
                visit.act();
                acted = true;
            }
        }
        return acted;
    }

    long resets() {
        return visits.stream().filter(CheckPeer::wasReset).count();
    }

    @Override
    public boolean isAwake() {
        return mood != Mood.FROZEN;
    }

    @Override
    public String questionEnd() {
        return questionEnd;
    }

    @Override
    public String answer(String question) {
        return switch (mood) {
            case WELL -> wellAnswer;
            case UNWELL -> unwellAnswer;
            default -> null;
        };
    }

    @Override
    public boolean closesFirst() {
        return closesFirst;
    }
}
