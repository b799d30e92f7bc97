/**
 * The registry protocol (OCI distribution specification 1.1, and the Docker registry API that it is
 * based on) as values. This package does no I/O, and all its types are immutable and safe for use
 * by several threads.
 *
 * <p>A tour, in the order of a request:
 *
 * <ul>
 *   <li>{@link dev.cistern.api.Route} is what a path and query request. It has a {@link
 *       dev.cistern.api.RepositoryName}, a {@link dev.cistern.api.Reference} (a {@link
 *       dev.cistern.api.Tag} or a {@link dev.cistern.api.Digest}) or a {@link dev.cistern.api.Page}
 *       of a list.
 *   <li>{@link dev.cistern.api.RangeSet} is the {@code Range} of the request; with the content's
 *       length it resolves to {@link dev.cistern.api.ByteRange}s.
 *   <li>{@link dev.cistern.api.Manifest} reads a manifest's {@link dev.cistern.api.MediaType} and
 *       the {@link dev.cistern.api.Descriptor}s of what it refers to. It does not write manifests.
 *   <li>{@link dev.cistern.api.RegistryException} is every failure, with an {@link
 *       dev.cistern.api.ErrorCode}; {@link dev.cistern.api.ErrorBody} is the body that a client
 *       receives.
 *   <li>{@link dev.cistern.api.Printable} makes text from outside safe for messages and logs.
 * </ul>
 *
 * <p>Values are made in two ways. {@code parse} takes text from outside and throws a {@code
 * RegistryException} that says what is wrong with it. Constructors take text that is known to be
 * valid and throw {@code IllegalArgumentException}, because invalid text is then a bug.
 */
@NullMarked
package dev.cistern.api;

import org.jspecify.annotations.NullMarked;
