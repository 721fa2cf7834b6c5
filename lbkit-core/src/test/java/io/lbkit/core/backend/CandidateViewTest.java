package io.lbkit.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lbkit.Backend;
import io.lbkit.BackendState;
import io.lbkit.Candidates;
import io.lbkit.Failover;
import io.lbkit.Selector;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** One view, shown again and again, has nothing left of what it showed before. */
class CandidateViewTest {

    private static final Selector NOBODY = (candidates, client) -> Selector.NONE;

    private final TestSet set = new TestSet();
    private final CandidateView view = new CandidateView();

    private void add(String id, int priority) {
        int number = set.entries.size() + 1;
        set.add(Backend.of("127.0.0.1", number).id(id).priority(priority).weight(number), 0);
    }

    private Candidates show(Snapshot snapshot, BackendEntry... tried) {
        return view.show(snapshot, List.of(tried), false, new SplittableRandom(1), 0);
    }

    private static String shown(Candidates candidates, int members) {
        StringBuilder ids = new StringBuilder();
        for (int i = 0; i < candidates.size(); i++) {
            ids.append(candidates.backend(i).id());
            assertEquals(candidates.position(i) + 1, candidates.weight(i));
            assertEquals(i, candidates.indexOf(candidates.position(i)));
        }
        for (int position = 0; position < members; position++) {
            int index = candidates.indexOf(position);
            assertEquals(index != Selector.NONE, ids.indexOf(Character.toString('a' + position)) >= 0);
            assertTrue(index == Selector.NONE || candidates.position(index) == position);
        }
        assertEquals(Selector.NONE, candidates.indexOf(-1));
        assertEquals(Selector.NONE, candidates.indexOf(members));
        assertThrows(IndexOutOfBoundsException.class, () -> candidates.position(candidates.size()));
        assertThrows(IndexOutOfBoundsException.class, () -> candidates.connections(candidates.size()));
        assertThrows(IndexOutOfBoundsException.class, () -> candidates.weight(-1));
        return ids.toString();
    }

    @Test
    void who_was_tried_is_shown_to_the_next() {
        add("a", 0);
        add("b", 0);
        add("c", 0);
        Snapshot snapshot = set.snapshot(NOBODY);
        assertEquals("abc", shown(show(snapshot), 3));
        assertEquals("ac", shown(show(snapshot, set.entries.get(1)), 3));
        assertEquals("abc", shown(show(snapshot), 3));
        assertEquals("abc", shown(show(snapshot), 3));
    }

    @Test
    void a_tier_is_numbered_from_its_own_beginning() {
        add("a", 1);
        add("b", 0);
        add("c", 1);
        add("d", 0);
        Snapshot snapshot = set.snapshot(NOBODY);
        assertEquals("bd", shown(show(snapshot), 4));
        assertEquals("ac", shown(show(snapshot, set.entries.get(1), set.entries.get(3)), 4));
        assertEquals("b", shown(show(snapshot, set.entries.get(3)), 4));
        assertEquals("bd", shown(show(snapshot), 4));
    }

    @Test
    void the_next_snapshot_is_shown_as_it_is() {
        add("a", 0);
        add("b", 0);
        assertEquals("ab", shown(show(set.snapshot(NOBODY)), 2));
        add("c", 0);
        Snapshot three = set.snapshot(NOBODY);
        assertEquals("abc", shown(show(three), 3));
        assertEquals("", shown(show(three, set.entries.toArray(new BackendEntry[0])), 3));
        assertEquals("abc", shown(view.show(three.members(), 0), 3));
        assertEquals("abc", shown(show(three), 3));
    }

    @Test
    void where_tiers_share_the_load_the_second_is_numbered_from_its_own_beginning() {
        add("a", 0);
        add("b", 1);
        add("c", 0);
        add("d", 1);
        BackendEntry down = set.entries.get(0);
        down.moveTo(BackendState.DOWN, down.condition());
        Snapshot snapshot = set.snapshot(NOBODY, Failover.DEFAULT.overprovisioningPercent(100));
        Set<String> tiers = new TreeSet<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 50; i++) {
            tiers.add(shown(view.show(snapshot, List.of(), false, random, 0), 4));
        }
        assertEquals(Set.of("bd", "c"), tiers);
    }
}
