package dev.cistern.proxy.upstream;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** The secrets that a request carried, to be taken out of what came back. */
final class Secrets {

  private final List<String> values = new ArrayList<>();

  private Secrets(@Nullable String authorization, @Nullable Credentials inBody) {
    if (inBody != null) {
      values.add(inBody.password());
      values.add(URLEncoder.encode(inBody.password(), StandardCharsets.UTF_8));
    }
    if (authorization == null) {
      return;
    }
    String value = authorization.substring(authorization.indexOf(' ') + 1);
    values.add(value);
    if (authorization.startsWith("Basic ")) {
      String pair = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
      values.add(pair.substring(pair.indexOf(':') + 1));
    }
  }

  /** Those in {@code Authorization}, and the credentials that the request has as a tag. */
  static Secrets sentWith(Request request) {
    return new Secrets(request.header("Authorization"), request.tag(Credentials.class));
  }

  String redact(String text) {
    String redacted = text;
    for (String value : values) {
      redacted = value.isEmpty() ? redacted : redacted.replace(value, "***");
    }
    return redacted;
  }
}
