package dev.cistern.server.admin;

import java.time.Duration;
import java.time.Instant;

/**
 * An answer that the cache gives although the upstream does not confirm it.
 *
 * @param subject what clients asked for: {@code library/alpine:latest}
 * @param age how old the answer was when it was last given
 * @param reason why the upstream did not confirm it
 * @param last when it was last given
 * @param count how often, since it was last confirmed
 */
record StaleAnswer(String subject, Duration age, String reason, Instant last, long count) {}
