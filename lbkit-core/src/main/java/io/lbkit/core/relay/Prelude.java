package io.lbkit.core.relay;

import io.lbkit.CloseReason;
import io.lbkit.core.admission.Verdict;
import io.lbkit.core.transport.Endpoint;
import io.lbkit.core.transport.Layer;
import io.lbkit.core.wire.ProxyHeader;
import io.lbkit.core.wire.Reading;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What has to be known of a client before a backend is chosen: whom a PROXY header announces, whether he may come in, and,
 * by his handshake or his first bytes, which pool serves him. Each step says what the session does next; one that needs more
 * has asked to be told when there is more. Gone when the session looks for a backend.
 *
 * <p>Owned by one event loop.
 *
 * <pre> HEADER --may come in--> HANDSHAKE, if TLS ends here, or else FIRST_BYTES, if there are routes </pre>
 */
final class Prelude {

    private enum Step {
        HEADER,
        HANDSHAKE,
        FIRST_BYTES
    }

    /** How long a PROXY header may be: as in HAProxy, with room for certificates; the smallest of three buffers takes it. */
    private static final int MOST_HEADER_BYTES = 16 << 10;

    private final Relay relay;
    private final Session session;
    private final Entrance entrance;
    private final Direction toBackend;
    private Endpoint client;
    private Step step = Step.HEADER;

    /** @param client as it was accepted, and is attached */
    Prelude(Relay relay, Session session, Entrance entrance, Endpoint client, Direction toBackend) {
        this.relay = relay;
        this.session = session;
        this.entrance = entrance;
        this.client = client;
        this.toBackend = toBackend;
    }

    Choice begin() {
        Origin origin = session.origin();
        return entrance.expectsHeader(origin.ipHigh(), origin.ipLow()) ? hear() : enter();
    }

    /** The client is ready. */
    Choice advance() {
        return switch (step) {
            case HEADER -> hear();
            case HANDSHAKE -> shake((Layer) client);
            case FIRST_BYTES -> look();
        };
    }

    /** Reads a PROXY header, as far as it has come; and not a byte more if what follows is not for us to see. */
    private Choice hear() {
        if (entrance.layered()) {
            int most = ProxyHeader.bytesToRead(toBackend.carried() == 0 ? null : toBackend.gathered());
            toBackend.gatherUpTo(client, toBackend.carried() + most);
        } else {
            toBackend.gather(client);
        }
        Reading<ProxyHeader> header = toBackend.carried() == 0
                ? null
                : ProxyHeader.read(toBackend.gathered(), ProxyHeader.Versions.BOTH, mostHeaderBytes());
        if (toBackend.sourceFailed()) {
            return Choice.refusing(CloseReason.RESET_BY_CLIENT);
        }
        if (header != null && header.value() != null) {
            toBackend.consume(header.value().length());
            session.announce(header.value());
            return enter();
        }
        if (header != null && header.state() != Reading.State.MORE) {
            return Choice.rejecting(header.flaw());
        }
        if (!toBackend.isOpen()) {
            return Choice.rejecting("an end within a PROXY header");
        }
        return whenReadable(toBackend.wantsGather());
    }

    private int mostHeaderBytes() {
        return Math.min(MOST_HEADER_BYTES, toBackend.mostGathered());
    }

    /** Goes on, if the client may come in. */
    private Choice enter() {
        CloseReason refusal = refusal();
        if (refusal != null) {
            return Choice.refusing(refusal);
        }
        if (entrance.layered()) {
            step = Step.HANDSHAKE;
            return wrap();
        }
        step = Step.FIRST_BYTES;
        if (relay.routes().isNone()) {
            return relay.routes().unasked();
        }
        return toBackend.carried() == 0 ? look() : choose(); // what has come with the PROXY header may do
    }

    /** Why the client may not come in, or null; counts it if the gate does. */
    private @Nullable CloseReason refusal() {
        Gate gate = relay.gate();
        Origin origin = session.origin();
        if (!gate.allows(origin.ipHigh(), origin.ipLow())) {
            if (!gate.isAccessDryRun()) {
                return CloseReason.ACCESS_DENIED;
            }
            relay.onDryRun(CloseReason.ACCESS_DENIED);
        }
        Verdict verdict = gate.count(origin.ipHigh(), origin.ipLow(), relay.nowNanos());
        if (gate.isCounted(verdict)) {
            session.onCounted();
        }
        if (verdict != Verdict.ADMITTED) {
            if (!gate.isCountDryRun()) {
                return Gate.reasonOf(verdict);
            }
            relay.onDryRun(Gate.reasonOf(verdict));
        }
        return null;
    }

    private Choice wrap() {
        Layer layer;
        try {
            layer = relay.over(entrance.index(), client, session);
        } catch (RuntimeException thrown) {
            relay.onHostFailed(thrown);
            return Choice.failing("the host's TLS threw");
        }
        client = layer;
        session.speaksThrough(layer);
        return shake(layer);
    }

    private Choice shake(Layer layer) {
        int outcome = layer.finishConnect();
        if (outcome == Endpoint.DONE) {
            return relay.routes().choose(layer.serverName(), layer.protocol());
        }
        return outcome == Endpoint.NOTHING ? whenReadable(true) : Choice.rejecting(layer.complaint());
    }

    /** Reads what the client sends first, until a route is known. */
    private Choice look() {
        toBackend.gather(client, relay.routes().mostBytes());
        return toBackend.sourceFailed() ? Choice.refusing(CloseReason.RESET_BY_CLIENT) : choose();
    }

    private Choice choose() {
        boolean mayCome = toBackend.wantsGather(relay.routes().mostBytes());
        Choice choice;
        try {
            ByteBuffer bytes = toBackend.carried() == 0 ? ByteBuffer.allocate(0) : toBackend.gathered();
            choice = relay.routes().choose(bytes, !mayCome);
        } catch (RuntimeException thrown) {
            relay.onMatcherFailed(thrown);
            return Choice.refusing(CloseReason.SELECTOR_FAILED);
        }
        return choice.isMade() ? choice : whenReadable(mayCome);
    }

    private Choice whenReadable(boolean wants) {
        client.interest(wants ? Endpoint.READ : 0);
        return Choice.NEEDS_MORE;
    }
}
