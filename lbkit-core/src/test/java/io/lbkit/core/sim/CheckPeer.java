package io.lbkit.core.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A server's end of a connection that checks it: waits for the question, answers, and closes when it has answered, or when
 * the other side has ended. Writes down how it was left.
 */
final class CheckPeer {

    /** What a server does with those who ask how it is. */
    interface Manner {

        /** Whether its process does anything now. */
        boolean isAwake();

        /** How a question ends; empty if the server speaks first, null if there is no question and no answer. */
        String questionEnd();

        /** The answer, in full; null if it says nothing. */
        String answer(String question);

        /** Whether it closes the connection when it has answered. */
        boolean closesFirst();
    }

    private final SimNetwork network;
    private final SimSocket socket;
    private final Manner manner;
    private final StringBuilder question = new StringBuilder();
    private final ByteBuffer buffer = ByteBuffer.allocate(1000);
    private byte[] answer;
    private int said;
    private boolean sawEnd;
    private boolean sawReset;
    private boolean done;

    CheckPeer(SimNetwork network, SimSocket socket, Manner manner) {
        this.network = network;
        this.socket = socket;
        this.manner = manner;
    }

    boolean hasWork() {
        return !done && manner.isAwake() && (socket.readable() || mustSay() && socket.writable() || isAnswerDue());
    }

    private boolean mustSay() {
        return answer != null && said < answer.length && !sawReset;
    }

    private boolean isAnswerDue() {
        String end = manner.questionEnd();
        return answer == null
                && end != null
                && question.indexOf(end) >= 0
                && manner.answer(question.toString()) != null;
    }

    void act() {
        if (socket.readable()) {
            read();
        }
        if (isAnswerDue()) {
            answer = manner.answer(question.toString()).getBytes(StandardCharsets.ISO_8859_1);
            network.onMove();
        }
        if (mustSay()) {
            said += Math.max(0, socket.write(ByteBuffer.wrap(answer, said, answer.length - said), answer.length));
        }
        boolean answered = answer != null && said == answer.length;
        if (sawReset || sawEnd || answered && manner.closesFirst()) {
            done = true;
            socket.close();
        }
    }

    private void read() {
        buffer.clear();
        int n = socket.read(buffer, buffer.capacity());
        if (n == SimSocket.ENDED) {
            sawEnd = true;
        } else if (n == SimSocket.FAILED) {
            sawReset = true;
        } else {
            question.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
        }
        network.onMove();
    }

    /** Its process is killed. */
    void kill() {
        if (!done) {
            done = true;
            socket.reset();
        }
    }

    SimSocket socket() {
        return socket;
    }

    String question() {
        return question.toString();
    }

    /** Whether the proxy has left without an end. */
    boolean wasReset() {
        return sawReset || socket.wasReset();
    }

    boolean isDone() {
        return done;
    }
}
