package dev.cistern.server.fault;

import dev.cistern.api.Digest;
import java.util.Arrays;
import java.util.List;

/** What a client asks the cache for, in the order of the table's columns. */
enum Question {
  TAG("tag", "GET", Sample.manifestPath(Sample.TAG), Sample.MANIFEST),
  TAG_HEAD("tag, HEAD", "HEAD", Sample.manifestPath(Sample.TAG), Sample.MANIFEST),
  TAG_CACHED("tag, cached", TAG),
  TAG_HEAD_CACHED("tag, HEAD, cached", TAG_HEAD),
  MANIFEST("manifest", "GET", Sample.manifestPath(Digest.sha256(Sample.MANIFEST)), Sample.MANIFEST),
  BLOB("blob", "GET", Sample.blobPath(Sample.BLOB), Sample.BLOB),
  SMALL_BLOB("small blob", "GET", Sample.blobPath(Sample.SMALL_BLOB), Sample.SMALL_BLOB),
  RANGE("range", "GET", BLOB.path, Arrays.copyOfRange(Sample.BLOB, 100_000, 200_000)),
  BLOB_HEAD("blob, HEAD", "HEAD", BLOB.path, Sample.BLOB);

  /** What asks for content by its digest. */
  static final List<Question> BY_DIGEST = List.of(MANIFEST, BLOB, SMALL_BLOB, RANGE, BLOB_HEAD);

  private final String column;
  private final String method;
  private final String path;
  private final byte[] content;
  private final boolean cached;

  Question(String column, String method, String path, byte[] content) {
    this.column = column;
    this.method = method;
    this.path = path;
    this.content = content;
    cached = false;
  }

  Question(String column, Question uncached) {
    this.column = column;
    method = uncached.method;
    path = uncached.path;
    content = uncached.content;
    cached = true;
  }

  String column() {
    return column;
  }

  String method() {
    return method;
  }

  String path() {
    return path;
  }

  /** The bytes that a complete answer has, or for HEAD speaks of. */
  byte[] content() {
    return content;
  }

  /** Whether the cache has everything before the question is asked. */
  boolean cached() {
    return cached;
  }

  String[] headers() {
    return this == RANGE ? new String[] {"Range: bytes=100000-199999"} : new String[0];
  }

  boolean isHead() {
    return method.equals("HEAD");
  }

  boolean isForManifest() {
    return path.contains("/manifests/");
  }
}
