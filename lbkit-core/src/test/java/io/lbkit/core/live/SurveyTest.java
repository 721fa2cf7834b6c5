package io.lbkit.core.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Of all loops together, the longest silent go. */
class SurveyTest {

    private static Survey told(int most, long[]... activity) {
        Survey survey = new Survey(null, 0, most, 0, activity.length);
        for (int loop = 0; loop < activity.length; loop++) {
            assertFalse(survey.isComplete());
            survey.onTold(loop, activity[loop]);
        }
        assertTrue(survey.isComplete());
        return survey;
    }

    @Test
    void the_longest_silent_of_all_loops_go() {
        Survey survey = told(3, new long[] {-50, -10}, new long[] {-90, -60, -5}, new long[] {});
        assertArrayEquals(new int[] {1, 2, 0}, survey.counts());
        assertEquals(-50, survey.limit());
    }

    @Test
    void of_equals_no_more_go_than_should() {
        assertArrayEquals(
                new int[] {2, 1},
                told(3, new long[] {-7, -7}, new long[] {-7, -7}).counts());
        assertArrayEquals(
                new int[] {1, 1}, told(2, new long[] {-7, -7}, new long[] {-8}).counts());
    }

    @Test
    void all_go_if_there_are_fewer() {
        Survey survey = told(10, new long[] {-3}, new long[] {-2, 5});
        assertArrayEquals(new int[] {1, 2}, survey.counts());
        assertEquals(5, survey.limit());
    }

    @Test
    void of_none_none_go() {
        assertArrayEquals(
                new int[] {0, 0}, told(5, new long[] {}, new long[] {}).counts());
    }
}
