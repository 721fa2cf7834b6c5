package io.lbkit;

import static io.lbkit.Complaints.assertNullRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/** Who may come in. */
class AccessRulesTest {

    private static final AddressSet TEN = AddressSet.of("10.0.0.0/8");

    private static boolean allows(AccessRules rules, String literal) {
        try {
            return rules.allows(InetAddress.getByName(literal));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void without_rules_everybody_is_allowed() {
        assertTrue(allows(AccessRules.NONE, "192.0.2.1") && allows(AccessRules.NONE, "::1"));
    }

    @Test
    void who_is_not_denied_is_allowed_if_nobody_is_named() {
        AccessRules rules = AccessRules.NONE.deny(TEN);
        assertFalse(allows(rules, "10.1.2.3"));
        assertTrue(allows(rules, "11.1.2.3") && allows(rules, "2001:db8::1"));
    }

    @Test
    void who_is_not_allowed_is_denied_if_somebody_is_named() {
        AccessRules rules = AccessRules.NONE.allow(TEN);
        assertTrue(allows(rules, "10.1.2.3") && allows(rules, "::ffff:10.1.2.3"));
        assertFalse(allows(rules, "11.1.2.3") || allows(rules, "2001:db8::1"));
    }

    @Test
    void the_longest_prefix_decides() {
        AccessRules rules = AccessRules.NONE
                .allow(AddressSet.of("10.0.0.0/8", "10.1.2.0/24", "::/0"))
                .deny(AddressSet.of("10.1.0.0/16", "10.1.2.3", "2001:db8::/32"));
        assertTrue(allows(rules, "10.2.0.1"));
        assertFalse(allows(rules, "10.1.0.1"));
        assertTrue(allows(rules, "10.1.2.1"));
        assertFalse(allows(rules, "10.1.2.3"));
        assertTrue(allows(rules, "10.1.2.4"));
        assertFalse(allows(rules, "10.1.3.1"));
        assertFalse(allows(rules, "192.0.2.1"), "::/0 is no IPv4");
        assertTrue(allows(rules, "2001:db9::1"));
        assertFalse(allows(rules, "2001:db8::1"));
    }

    @Test
    void on_the_same_prefix_a_client_is_denied() {
        assertFalse(allows(AccessRules.NONE.allow(TEN).deny(TEN), "10.1.2.3"));
        assertFalse(allows(AccessRules.NONE.deny(TEN).allow(TEN), "10.1.2.3"));
    }

    @Test
    void a_client_without_an_address_is_allowed() {
        assertTrue(AccessRules.NONE.allow(TEN).deny(AddressSet.of("::/0")).allows(0, 0));
    }

    @Test
    void each_setting_changes_a_copy_and_nothing_else() {
        AccessRules rules =
                AccessRules.NONE.allow(TEN).deny(AddressSet.of("::1")).dryRun(true);
        assertEquals("allow [10.0.0.0/8] deny [::1] (dry run)", rules.toString());
        assertEquals("allow [] deny []", AccessRules.NONE.toString());
        assertEquals(TEN, rules.allow());
        assertEquals(1, rules.deny().size());
        assertTrue(rules.dryRun() && !rules.dryRun(false).dryRun() && !AccessRules.NONE.dryRun());
        assertFalse(allows(rules, "::1"), "a dry run says the same");
        assertNullRefused("allow", () -> AccessRules.NONE.allow(null));
        assertNullRefused("deny", () -> AccessRules.NONE.deny(null));
    }
}
