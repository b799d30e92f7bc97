package dev.cistern.server.fault;

import java.util.Map;
import java.util.Optional;

/**
 * A request that an upstream gets.
 *
 * @param path with its query
 * @param headers by name, whatever its case
 * @param time the how manieth of this method and path, from 1
 */
record Ask(String method, String path, Map<String, String> headers, int time) {

  boolean isHead() {
    return method.equals("HEAD");
  }

  boolean isForManifest() {
    return path.contains("/manifests/");
  }

  boolean isForBlob() {
    return path.contains("/blobs/");
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** Where the range begins that is asked for; 0 without one. */
  int from() {
    return header("Range")
        .map(range -> range.substring("bytes=".length(), range.indexOf('-')))
        .map(Integer::parseInt)
        .orElse(0);
  }

  /** Where the range ends that is asked for, in content of this length. */
  int end(int length) {
    String last = header("Range").map(range -> range.substring(range.indexOf('-') + 1)).orElse("");
    return last.isEmpty() ? length : Math.min(length, Integer.parseInt(last) + 1);
  }
}
