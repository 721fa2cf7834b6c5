package io.lbkit.core.sim;

import static io.lbkit.core.sim.Audit.check;

import io.lbkit.core.health.ProbeSight;
import io.lbkit.core.relay.Wishes;
import io.lbkit.core.tls.TlsEndpoint;
import io.lbkit.core.tls.TlsSight;
import io.lbkit.core.transport.Endpoint;

/**
 * An endpoint is interested in what its owner can use now, and in nothing else: in reading while what comes has somewhere to
 * go, in writing while something waits to be written or a connect for its outcome. With TLS this holds twice, of the plaintext
 * and of what is sealed.
 */
final class InterestAudit {

    /** Of an endpoint whose session or probe lives. */
    void afterStep(SimEndpoint endpoint) {
        int wish = endpoint.isProbe()
                ? ProbeSight.wish(endpoint.owner())
                : Wishes.of(endpoint.owner(), endpoint.isAccepted());
        TlsEndpoint layer = layerOver(endpoint);
        if (layer == null) {
            equal(wish, endpoint.interest(), endpoint);
        } else {
            equal(wish, TlsSight.wanted(layer), layer);
            equal(TlsSight.wish(layer), endpoint.interest(), endpoint);
        }
    }

    private static TlsEndpoint layerOver(SimEndpoint endpoint) {
        if (endpoint.handler() instanceof TlsEndpoint layer) {
            return layer;
        }
        boolean ofClient = endpoint.isAccepted() && Wishes.client(endpoint.owner()) instanceof TlsEndpoint;
        return ofClient ? (TlsEndpoint) Wishes.client(endpoint.owner()) : null;
    }

    private static void equal(int wish, int interest, Endpoint of) {
        check((interest & ~wish) == 0, "interest nobody wants: ", interest, " and not ", wish, " of ", of);
        check(interest == wish, "interest that is missing: ", interest, " and not ", wish, " of ", of);
    }
}
