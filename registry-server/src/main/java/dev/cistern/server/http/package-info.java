/**
 * The registry protocol over Undertow. {@link dev.cistern.server.http.RegistryHandler} parses a
 * request into a {@link dev.cistern.api.Route} on the I/O thread and hands it to the one that
 * answers it: {@code ManifestAnswers}, {@code BlobAnswers} or {@code ListAnswers}. Those ask the
 * cache on a worker thread, which may block on storage, and answer on the I/O thread once the cache
 * has something to say; in between no thread is held. {@code BlobSender} sends what may still be
 * arriving.
 */
@NullMarked
package dev.cistern.server.http;

import org.jspecify.annotations.NullMarked;
