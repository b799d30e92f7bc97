package dev.cistern.server.fault;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.RangeFetch;
import java.util.Arrays;
import java.util.List;

/** What a client asks the cache for, in the order of the table's columns. */
enum Question {
  TAG("tag", "GET", Sample.manifestPath(Sample.TAG)),
  TAG_HEAD("tag, HEAD", "HEAD", Sample.manifestPath(Sample.TAG)),
  TAG_CACHED("tag, cached", TAG),
  TAG_HEAD_CACHED("tag, HEAD, cached", TAG_HEAD),
  MANIFEST("manifest", "GET", Sample.manifestPath(Digest.sha256(Sample.MANIFEST))),
  BLOB("blob", "GET", Sample.blobPath(Sample.BLOB)),
  SMALL_BLOB("small blob", "GET", Sample.blobPath(Sample.SMALL_BLOB)),
  RANGE("range", "GET", BLOB.path),
  RANGE_RELAYED("range, relay", "GET", BLOB.path),
  BLOB_HEAD("blob, HEAD", "HEAD", BLOB.path);

  /** What asks for content by its digest. */
  static final List<Question> BY_DIGEST = List.of(MANIFEST, BLOB, SMALL_BLOB, RANGE, BLOB_HEAD);

  private final String column;
  private final String method;
  private final String path;
  private final boolean cached;

  Question(String column, String method, String path) {
    this.column = column;
    this.method = method;
    this.path = path;
    cached = false;
  }

  Question(String column, Question uncached) {
    this.column = column;
    method = uncached.method;
    path = uncached.path;
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
    return switch (this) {
      case TAG, TAG_HEAD, TAG_CACHED, TAG_HEAD_CACHED, MANIFEST -> Sample.MANIFEST;
      case BLOB, BLOB_HEAD -> Sample.BLOB;
      case SMALL_BLOB -> Sample.SMALL_BLOB;
      case RANGE, RANGE_RELAYED -> Arrays.copyOfRange(Sample.BLOB, 100_000, 200_000);
    };
  }

  /** Whether the cache has everything before the question is asked. */
  boolean cached() {
    return cached;
  }

  String[] headers() {
    return isRange() ? new String[] {"Range: bytes=100000-199999"} : new String[0];
  }

  boolean isRange() {
    return this == RANGE || this == RANGE_RELAYED;
  }

  /** What the cache fetches for a range. */
  RangeFetch rangeFetch() {
    return this == RANGE_RELAYED ? RangeFetch.RELAY : RangeFetch.WHOLE;
  }

  boolean isHead() {
    return method.equals("HEAD");
  }

  boolean isForManifest() {
    return path.contains("/manifests/");
  }
}
