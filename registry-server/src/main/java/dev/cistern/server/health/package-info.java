/**
 * Whether the server is alive and ready. {@link dev.cistern.server.health.Health} collects what the
 * other types know, and {@link dev.cistern.server.health.HealthHandler} answers probes from it. No
 * request waits for storage or for an upstream.
 */
@NullMarked
package dev.cistern.server.health;

import org.jspecify.annotations.NullMarked;
