/**
 * The registry protocol (OCI distribution specification 1.1, and the Docker registry API that it
 * grew from) as values. There is no I/O here and nothing mutable: everything may be shared between
 * threads.
 *
 * <p>The tour, in the order of a request:
 *
 * <ul>
 *   <li>{@link dev.cistern.api.Route} is what a path and query ask for. It holds a {@link
 *       dev.cistern.api.RepositoryName}, a {@link dev.cistern.api.Reference} (a {@link
 *       dev.cistern.api.Tag} or a {@link dev.cistern.api.Digest}) or a {@link dev.cistern.api.Page}
 *       of a list.
 *   <li>{@link dev.cistern.api.RangeSet} is the request's {@code Range}; with the content's length
 *       it resolves to {@link dev.cistern.api.ByteRange}s.
 *   <li>{@link dev.cistern.api.Manifest} reads a manifest's {@link dev.cistern.api.MediaType} and
 *       the {@link dev.cistern.api.Descriptor}s of what it refers to. It never writes one.
 *   <li>{@link dev.cistern.api.RegistryException} is every failure, with an {@link
 *       dev.cistern.api.ErrorCode}; {@link dev.cistern.api.ErrorBody} is what a client gets to read
 *       of it.
 * </ul>
 *
 * <p>Values have two ways in. {@code parse} takes text from outside and answers with a {@code
 * RegistryException} that names what is wrong; constructors take what is known to be right and
 * throw {@code IllegalArgumentException}, since anything else is a fault of the program.
 */
@NullMarked
package dev.cistern.api;

import org.jspecify.annotations.NullMarked;
