package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.Credentials;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** The secrets of a request, to be removed from the text of its answer. */
final class Secrets {

  private static final String MASK = "***";

  private static final int SHORTEST_PART = 4;

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
      String password = pair.substring(pair.indexOf(':') + 1);
      values.add(password);
      values.add(URLEncoder.encode(password, StandardCharsets.UTF_8));
    }
  }

  String redact(String text) {
    String redacted = text;
    for (String value : values) {
      redacted =
          value.isEmpty() ? redacted : withoutBeginning(redacted.replace(value, MASK), value);
    }
    return redacted;
  }

  /** The text may have been cut within a secret. */
  private static String withoutBeginning(String text, String secret) {
    for (int n = Math.min(secret.length() - 1, text.length()); n >= SHORTEST_PART; n--) {
      if (text.endsWith(secret.substring(0, n))) {
        return text.substring(0, text.length() - n) + MASK;
      }
    }
    return text;
  }

  /** The failure, whose message and causes may quote the answer, such as its status line. */
  IOException redactFrom(IOException failure) {
    if (!(failure instanceof ProtocolException)) {
      return failure;
    }
    String said = String.valueOf(failure.getMessage());
    String redacted = redact(said);
    if (redacted.equals(said)) {
      return failure;
    }
    ProtocolException masked = new ProtocolException(redacted);
    masked.setStackTrace(failure.getStackTrace());
    return masked;
  }
}
