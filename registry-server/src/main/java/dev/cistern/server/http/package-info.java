/**
 * The registry protocol over Undertow. {@link dev.cistern.server.http.RegistryHandler} parses a
 * request into a {@link dev.cistern.api.Route} on the I/O thread and passes it to {@code
 * ManifestAnswers}, {@code BlobAnswers} or {@code ListAnswers}. These ask the cache, which does not
 * block, and answer on the I/O thread when the cache has an answer; no thread waits in between.
 * {@code BlobSender} sends content that may still be arriving.
 *
 * <p>{@link dev.cistern.server.http.Outcome} records how each request ended: the header {@code
 * Cache-Status}, {@link dev.cistern.server.http.AccessLog} and the metrics are written from it.
 */
@NullMarked
package dev.cistern.server.http;

import org.jspecify.annotations.NullMarked;
