package dev.cistern.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.AuthConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenLoginTest {

  private final AuthThreads threads = new AuthThreads();
  private volatile Instant now = Instant.parse("2026-11-27T12:00:00Z");
  private final Path keys;

  TokenLoginTest(@TempDir Path directory) {
    keys = directory.resolve("keys.json");
  }

  @AfterEach
  void stop() {
    threads.close();
  }

  private void write(RsaJsonWebKey key) throws Exception {
    Files.writeString(
        keys, "{\"keys\":[" + key.toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY) + "]}");
  }

  private TokenLogin open() throws Exception {
    return TokenLogin.open(
        new AuthConfig.Token(
            "https://auth.example/token",
            "cache",
            "me",
            Optional.empty(),
            Optional.of(keys),
            List.of("RS256")),
        threads,
        () -> now);
  }

  private static RsaJsonWebKey key() throws Exception {
    RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
    key.setKeyId("one");
    return key;
  }

  private String token(RsaJsonWebKey key) throws Exception {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer("me");
    claims.setAudience("cache");
    claims.setExpirationTime(NumericDate.fromSeconds(now.getEpochSecond() + 300));
    JsonWebSignature token = new JsonWebSignature();
    token.setPayload(claims.toJson());
    token.setAlgorithmHeaderValue("RS256");
    token.setKeyIdHeaderValue("one");
    token.setKey(key.getPrivateKey());
    return token.getCompactSerialization();
  }

  private static TokenLogin.Result check(TokenLogin login, String token) throws Exception {
    return login
        .check(token, CredentialKey.of(token), "10.0.0.1")
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void aTokenIsCheckedOnceUntilItExpires() throws Exception {
    RsaJsonWebKey key = key();
    write(key);
    TokenLogin login = open();
    String token = token(key);
    assertThat(login.known(CredentialKey.of(token))).isEmpty();

    assertThat(check(login, token)).isInstanceOf(TokenLogin.Result.Valid.class);
    assertThat(login.known(CredentialKey.of(token))).isPresent();

    now = now.plusSeconds(359);
    assertThat(login.known(CredentialKey.of(token))).isPresent();
    now = now.plusSeconds(1);
    assertThat(login.known(CredentialKey.of(token))).isEmpty();
    assertThat(check(login, token)).isInstanceOf(TokenLogin.Result.Invalid.class);
  }

  @Test
  void aTokenIsNotKnownAnyMoreAfterTheKeysHaveChanged() throws Exception {
    RsaJsonWebKey key = key();
    write(key);
    TokenLogin login = open();
    String token = token(key);
    assertThat(check(login, token)).isInstanceOf(TokenLogin.Result.Valid.class);

    write(key());
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (login.known(CredentialKey.of(token)).isPresent()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThat(check(login, token)).isInstanceOf(TokenLogin.Result.Invalid.class);
  }

  @Test
  void tokensThatAreNotValidAreLimited() throws Exception {
    write(key());
    TokenLogin login = open();
    TokenLogin.Result last = new TokenLogin.Result.Invalid("");

    for (int i = 0; i < 10_000 && last instanceof TokenLogin.Result.Invalid; i++) {
      last = check(login, "a.b." + i);
    }

    assertThat(last).isInstanceOf(TokenLogin.Result.Postponed.class);
    assertThat(check(login, "a".repeat(40_000))).isInstanceOf(TokenLogin.Result.Invalid.class);
  }
}
