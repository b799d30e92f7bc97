/**
 * The cache in your own program. {@link dev.cistern.examples.embedded.CopyBlob} is the shortest
 * example. {@link dev.cistern.examples.embedded.PullImage} pulls an image through the cache, writes
 * it as an OCI image layout, and prints the progress.
 *
 * <pre>
 * PullImage -> ImagePull   tag -> manifest -> manifest of the platform -> configuration and layers
 *                -> PlatformManifests   finds the manifest of the platform in an index
 *                -> BlobDownload        writes one blob to one file while it is fetched, without its own thread
 *                -> ImageLayout         the paths of the files
 * </pre>
 */
@NullMarked
package dev.cistern.examples.embedded;

import org.jspecify.annotations.NullMarked;
