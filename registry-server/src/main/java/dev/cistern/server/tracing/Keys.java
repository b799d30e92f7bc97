package dev.cistern.server.tracing;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/**
 * The attributes of spans. Names without {@code cistern} are those of OpenTelemetry's semantic
 * conventions for HTTP.
 */
final class Keys {

  static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
  static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
  static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
  static final AttributeKey<Long> BODY_SIZE = AttributeKey.longKey("http.response.body.size");
  static final AttributeKey<List<String>> CACHE_STATUS_HEADER =
      AttributeKey.stringArrayKey("http.response.header.cache-status");
  static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
  static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
  static final AttributeKey<String> TEMPLATE = AttributeKey.stringKey("url.template");
  static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
  static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
  static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  /** The word that the access log and the metrics have, too. */
  static final AttributeKey<String> CACHE_STATUS = AttributeKey.stringKey("cistern.cache_status");

  static final AttributeKey<String> REPOSITORY = AttributeKey.stringKey("cistern.repository");
  static final AttributeKey<String> DIGEST = AttributeKey.stringKey("cistern.digest");
  static final AttributeKey<String> UPSTREAM = AttributeKey.stringKey("cistern.upstream");
  static final AttributeKey<String> TARGET = AttributeKey.stringKey("cistern.target");
  static final AttributeKey<String> CUT = AttributeKey.stringKey("cistern.cut");

  private static final int LONGEST = 500;

  private Keys() {}

  /** A text that may be as long as an upstream or a client made it. */
  static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }
}
