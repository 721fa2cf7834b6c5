import io.lbkit.spi.ProxyProvider;
import org.jspecify.annotations.NullMarked;

/** The API of lbkit, an embeddable TCP load balancer. */
@NullMarked
module io.lbkit {
    requires static org.jspecify;

    exports io.lbkit;
    exports io.lbkit.selector;
    exports io.lbkit.spi;

    uses ProxyProvider;
}
