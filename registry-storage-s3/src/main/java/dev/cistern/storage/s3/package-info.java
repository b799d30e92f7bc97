/**
 * The driver {@code s3}, for S3-compatible object storage. See {@link
 * dev.cistern.storage.s3.S3DriverFactory} for its parameters, which are those of CNCF
 * Distribution's driver, and {@link dev.cistern.storage.s3.S3Driver} for what is stored where.
 *
 * <p>It is a jar of its own, with the client library in it, so that a server or a program without
 * S3 carries none of it.
 */
@NullMarked
package dev.cistern.storage.s3;

import org.jspecify.annotations.NullMarked;
