package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.Credentials;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** What a token is good for, and for whom: two requests with equal keys may use one token. */
record TokenKey(AuthRequirement.Bearer requirement, @Nullable Credentials credentials) {

  HttpUrl realm() {
    return requirement.realm();
  }
}
