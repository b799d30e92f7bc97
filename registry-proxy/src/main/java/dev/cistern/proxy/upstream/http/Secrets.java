package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.Credentials;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** The secrets of a request, to be removed from the text of its answer. */
final class Secrets {

  private final List<String> values = new ArrayList<>();

  private Secrets() {}

  /** The secrets in the headers, and the credentials in the request's tag. */
  static Secrets sentWith(Request request) {
    Secrets secrets = new Secrets();
    secrets.add(request.header("Authorization"));
    secrets.add(request.header("Proxy-Authorization"));
    Credentials inBody = request.tag(Credentials.class);
    if (inBody != null) {
      secrets.values.add(inBody.password());
      secrets.values.add(URLEncoder.encode(inBody.password(), StandardCharsets.UTF_8));
    }
    return secrets;
  }

  private void add(@Nullable String authorization) {
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

  String redact(String text) {
    String redacted = text;
    for (String value : values) {
      redacted = value.isEmpty() ? redacted : redacted.replace(value, "***");
    }
    return redacted;
  }
}
