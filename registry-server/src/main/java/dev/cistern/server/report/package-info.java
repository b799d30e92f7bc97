/**
 * What maintenance did and what a store has, as JSON and as text: for the commands, which work on a
 * store, and for the admin API, which works on a running cache. Both say the same in the same
 * words.
 */
@NullMarked
package dev.cistern.server.report;

import org.jspecify.annotations.NullMarked;
