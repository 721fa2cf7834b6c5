package io.lbkit.core.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the certificate to show: as a server the one for the name that was asked for, exactly, by wildcard, or else the
 * first or one for the same names; as a client the first whose issuer the server named, or else the first. An alias is an index.
 *
 * <p>Immutable.
 */
final class NamedKeys extends X509ExtendedKeyManager {

    private final List<Identity> identities;

    NamedKeys(List<Identity> identities) {
        this.identities = List.copyOf(identities);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        String name = engine == null ? "" : requestedName((ExtendedSSLSession) engine.getHandshakeSession());
        // The JDK asks for one kind of key after the other. So the name decides first, over all kinds: else a
        // wildcard's EC
        // key would be preferred to the RSA key of the very name.
        Predicate<Identity> wish = id -> id.names().equals(identities.get(0).names());
        if (identities.stream().anyMatch(id -> id.isNamed(name))) {
            wish = id -> id.isNamed(name);
        } else if (identities.stream().anyMatch(id -> id.covers(name))) {
            wish = id -> id.covers(name);
        }
        return first(List.of(keyType), List.of(wish));
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        List<Principal> known = issuers == null ? List.of() : Arrays.asList(issuers);
        return first(
                Arrays.asList(keyTypes),
                List.of(
                        id -> id.chain().stream().anyMatch(c -> known.contains(c.getIssuerX500Principal())),
                        id -> true));
    }

    /** The first that serves, by the first wish that anybody fulfills. */
    private @Nullable String first(List<String> keyTypes, List<Predicate<Identity>> wishes) {
        for (Predicate<Identity> wish : wishes) {
            for (int i = 0; i < identities.size(); i++) {
                Identity identity = identities.get(i);
                if (keyTypes.stream().anyMatch(identity::serves) && wish.test(identity)) {
                    return Integer.toString(i);
                }
            }
        }
        return null;
    }

    /** The name a client asked for, in lower case; empty if none. */
    static String requestedName(@Nullable ExtendedSSLSession session) {
        if (session != null) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name.getType() == StandardConstants.SNI_HOST_NAME) {
                    try {
                        return new SNIHostName(name.getEncoded()).getAsciiName().toLowerCase(Locale.ROOT);
                    } catch (IllegalArgumentException e) {
                        return ""; // whatever it is, it is no host name
                    }
                }
            }
        }
        return "";
    }

    private @Nullable Identity identity(String alias) {
        // The JDK may ask for what another manager has named.
        return alias.matches("\\d{1,6}") && Integer.parseInt(alias) < identities.size()
                ? identities.get(Integer.parseInt(alias))
                : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Identity identity = identity(alias);
        return identity == null ? null : identity.chain().toArray(new X509Certificate[0]);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Identity identity = identity(alias);
        return identity == null ? null : identity.key();
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        String[] aliases = IntStream.range(0, identities.size())
                .filter(i -> identities.get(i).serves(keyType))
                .mapToObj(Integer::toString)
                .toArray(String[]::new);
        return aliases.length == 0 ? null : aliases;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return getServerAliases(keyType, issuers);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null); // only engines are used
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineClientAlias(keyTypes, issuers, null);
    }
}
