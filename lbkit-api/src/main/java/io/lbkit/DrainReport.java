package io.lbkit;

import java.time.Duration;

/**
 * What a drain did, of one backend or of a whole proxy.
 *
 * @param finished sessions that ended before the deadline, in whatever way and for whatever reason. Those of a proxy that
 *     stops include the ones that it took out of the backlog then
 * @param cut sessions that were reset at the deadline
 * @param duration from the call to the end of the last session
 */
public record DrainReport(long finished, long cut, Duration duration) {}
