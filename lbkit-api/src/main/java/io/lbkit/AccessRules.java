package io.lbkit;

import java.net.InetAddress;
import java.util.Objects;

/**
 * Which clients may come in, by their IP addresses.
 *
 * <p>Of all prefixes of both sets that an address is in, the longest one decides; if it is in both sets, the client is
 * denied. A client in none of the sets is denied if there is anything in {@link #allow()}, and allowed otherwise. So
 * {@code allow} 10.0.0.0/8 and {@code deny} 10.1.0.0/16 let in 10.2.0.1, and neither 10.1.0.1 nor 192.0.2.1. A client without
 * an IP address, which has come through a unix-domain socket, is always allowed: who may open that is said by its file.
 *
 * <p>The longest prefix decides as in routing tables (RFC 4632, section 5.1), so the order in which rules are written does
 * not matter; HAProxy and nginx take the first rule that fits, in the order of the file.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy.
 */
public final class AccessRules {

    /** Everybody is allowed. What holds if nothing else is said. */
    public static final AccessRules NONE = new AccessRules(AddressSet.EMPTY, AddressSet.EMPTY, false);

    private final AddressSet allow;
    private final AddressSet deny;
    private final boolean dryRun;
    private final PrefixTable table;

    private AccessRules(AddressSet allow, AddressSet deny, boolean dryRun) {
        this.allow = allow;
        this.deny = deny;
        this.dryRun = dryRun;
        this.table = PrefixTable.of(allow.prefixes(), deny.prefixes());
    }

    /** {@return who is allowed; empty if all are who are not denied} */
    public AddressSet allow() {
        return allow;
    }

    /**
     * Sets who is allowed. If there is anything in it, all others are denied.
     *
     * @param value default empty
     * @return the changed copy
     */
    public AccessRules allow(AddressSet value) {
        return new AccessRules(Objects.requireNonNull(value, "allow"), deny, dryRun);
    }

    /** {@return who is denied} */
    public AddressSet deny() {
        return deny;
    }

    /**
     * Sets who is denied.
     *
     * @param value default empty
     * @return the changed copy
     */
    public AccessRules deny(AddressSet value) {
        return new AccessRules(allow, Objects.requireNonNull(value, "deny"), dryRun);
    }

    /** {@return whether clients that are denied are only counted} */
    public boolean dryRun() {
        return dryRun;
    }

    /**
     * Sets whether clients that are denied are only counted, and let in all the same. {@link #allows} does not look at this.
     *
     * @param value default false
     * @return the changed copy
     */
    public AccessRules dryRun(boolean value) {
        return new AccessRules(allow, deny, value);
    }

    /**
     * What the rules say of an address.
     *
     * @param address of IPv4 or IPv6; a zone is not looked at
     * @return true if it is allowed
     */
    public boolean allows(InetAddress address) {
        byte[] ip = Objects.requireNonNull(address, "address").getAddress();
        return allows(Prefix.high(ip), Prefix.low(ip));
    }

    /**
     * What the rules say of an address as {@link ConnectionInfo#clientIpHigh} and {@link ConnectionInfo#clientIpLow} have
     * it, without allocating.
     *
     * @param high the first 8 of 16 bytes; 0 for IPv4
     * @param low the last 8 of 16 bytes; {@code 0x0000ffffaabbccdd} for an IPv4 address of the bytes aa bb cc dd
     * @return true if it is allowed, or if both numbers are 0, because that is a client without an IP address
     */
    public boolean allows(long high, long low) {
        if ((high | low) == 0) {
            return true;
        }
        return switch (table.find(high, low)) {
            case PrefixTable.FIRST -> true;
            case PrefixTable.SECOND -> false;
            default -> allow.size() == 0;
        };
    }

    /** {@return both sets, and whether this is a dry run} */
    @Override
    public String toString() {
        return "allow " + allow + " deny " + deny + (dryRun ? " (dry run)" : "");
    }
}
