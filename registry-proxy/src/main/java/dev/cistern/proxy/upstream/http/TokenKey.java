package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.Credentials;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Identifies a token by its requirement and credentials. Equal keys may share a token. */
record TokenKey(AuthRequirement.Bearer requirement, @Nullable Credentials credentials) {

  HttpUrl realm() {
    return requirement.realm();
  }
}
