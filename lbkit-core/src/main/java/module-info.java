import io.lbkit.core.CoreProvider;
import io.lbkit.spi.ProxyProvider;
import org.jspecify.annotations.NullMarked;

/** The engine of lbkit; found by the API through {@link java.util.ServiceLoader}, exports nothing. */
@NullMarked
module io.lbkit.core {
    requires transitive io.lbkit;
    requires org.slf4j;
    requires static org.jspecify;

    provides ProxyProvider with
            CoreProvider;
}
