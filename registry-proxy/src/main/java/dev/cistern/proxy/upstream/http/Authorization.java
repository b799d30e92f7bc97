package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import okhttp3.Request;

/** The {@code Authorization} of a request to the upstream. No {@code toString} shows it. */
sealed interface Authorization {

  /** The request with this authorization. */
  Request on(Request request);

  /** No header. */
  record None() implements Authorization {
    @Override
    public Request on(Request request) {
      return request;
    }
  }

  /** User name and password. */
  record Basic(Credentials credentials) implements Authorization {
    String header() {
      String pair = credentials.username() + ":" + credentials.password();
      return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Request on(Request request) {
      return request.newBuilder().header("Authorization", header()).build();
    }

    @Override
    public String toString() {
      return "Basic[***]";
    }
  }

  /**
   * A token.
   *
   * @param fresh whether it was obtained for this request, so that a refusal is not because of its
   *     age
   */
  record Bearer(TokenKey key, Token token, boolean fresh) implements Authorization {
    @Override
    public Request on(Request request) {
      return request.newBuilder().header("Authorization", "Bearer " + token.value()).build();
    }
  }
}
