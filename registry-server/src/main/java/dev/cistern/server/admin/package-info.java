/**
 * The status page and the admin API, for operators. {@link dev.cistern.server.admin.Admin} is the
 * whole of it.
 *
 * <p>What is shown comes from the events of the cache and the outcome of each request ({@code
 * TrafficTotals}, {@code UpstreamStates}, {@code StaleAnswers}), from the cache itself, and, for
 * repositories and tags, from storage ({@code Repositories}). {@code AdminHandler} checks requests
 * and finds the answer: as JSON ({@code JsonAnswers}) or as pages ({@code StatusPage} and others,
 * written with {@code Html}, which escapes by construction). Actions ({@code Actions}) are {@code
 * Tasks} that go on in the background.
 */
@NullMarked
package dev.cistern.server.admin;

import org.jspecify.annotations.NullMarked;
