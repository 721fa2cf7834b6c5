package io.lbkit;

/**
 * What happens when backends of a tier are not usable: when {@linkplain Backend#priority() backups} serve, and when even
 * the unwell are tried.
 *
 * <p>By default the first tier that has a usable backend serves all sessions, as in HAProxy and nginx. A session that has
 * tried all of them in vain, or finds them full, goes on with the next tier; where sessions wait for a place, the full are
 * waited for. If no member is usable at all, every member is a candidate, because to try what is probably down is better
 * than to turn everybody away. Drained and removed backends and those of weight 0 are never candidates.
 *
 * <p>Immutable; the methods named like a property with an argument return a changed copy, and throw
 * {@link IllegalArgumentException} for a value out of its range.
 */
public final class Failover {

    /** One tier at a time; all members if none is usable. What holds if nothing else is said. */
    public static final Failover DEFAULT = new Failover(0, true, 0);

    private final int overprovisioningPercent;
    private final boolean failOpen;
    private final int failOpenBelowPercent;

    private Failover(int overprovisioningPercent, boolean failOpen, int failOpenBelowPercent) {
        this.overprovisioningPercent = overprovisioningPercent;
        this.failOpen = failOpen;
        this.failOpenBelowPercent = failOpenBelowPercent;
    }

    /** {@return how much more than its share the usable part of a tier can take, in percent; 0 for one tier at a time} */
    public int overprovisioningPercent() {
        return overprovisioningPercent;
    }

    /**
     * Lets sessions spill over to the next tier little by little, as Envoy does ({@code load_balancer_impl.cc}): a tier
     * takes its usable share times this percentage, at most all; the next tier takes what is left. With 140, a tier of
     * which 72 % are usable still takes everything, one of which 50 % are usable takes 70 %.
     *
     * @param value 100 to 1000 percent, Envoy has 140; or 0 for one tier at a time, which is the default
     * @return the changed copy
     */
    public Failover overprovisioningPercent(int value) {
        if (value != 0 && (value < 100 || value > 1000)) {
            throw new IllegalArgumentException(
                    "overprovisioningPercent is " + value + ", must be 0 (off) or between 100 and 1000");
        }
        return new Failover(value, failOpen, failOpenBelowPercent);
    }

    /** {@return whether all members are candidates when none is usable} */
    public boolean failOpen() {
        return failOpen;
    }

    /**
     * Sets whether all members are candidates when too few are usable.
     *
     * @param value default true; false ends sessions with {@link CloseReason#NO_BACKEND} when no member is usable
     * @return the changed copy
     */
    public Failover failOpen(boolean value) {
        return new Failover(overprovisioningPercent, value, failOpenBelowPercent);
    }

    /** {@return below what percentage of usable members all those of a tier are candidates} */
    public int failOpenBelowPercent() {
        return failOpenBelowPercent;
    }

    /**
     * Sets below what percentage of usable members all those of the tier in force are candidates, so that the few that are
     * left do not break under the load of all. Where tiers share the load, this holds for each tier if together they cannot
     * take all of it.
     *
     * @param value 0 to 100 percent; default 0, which is when none is usable. Envoy's panic threshold is 50
     * @return the changed copy
     */
    public Failover failOpenBelowPercent(int value) {
        return new Failover(overprovisioningPercent, failOpen, Range.of("failOpenBelowPercent", value, 0, 100));
    }
}
