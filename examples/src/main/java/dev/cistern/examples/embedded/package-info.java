/**
 * The cache in a program of one's own: {@link dev.cistern.examples.embedded.PullImage} pulls an
 * image through it and writes it down as an OCI image layout, printing how far it has come.
 *
 * <pre>
 * PullImage -> ImagePull   tag -> manifest -> that of this platform -> configuration and layers
 *                -> PlatformManifests   which manifest of an index that is
 *                -> BlobArrival         one blob into one file as it arrives, without a thread of its own
 *                -> ImageLayout         where the files go
 * </pre>
 */
@NullMarked
package dev.cistern.examples.embedded;

import org.jspecify.annotations.NullMarked;
