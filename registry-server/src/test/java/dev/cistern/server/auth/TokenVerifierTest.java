package dev.cistern.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.server.config.AuthConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.tls.HeldCertificate;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenVerifierTest {

  private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

  private static final HeldCertificate ROOT =
      new HeldCertificate.Builder()
          .certificateAuthority(1)
          .validityInterval(
              NOW.minusSeconds(86_400).toEpochMilli(), NOW.plusSeconds(86_400).toEpochMilli())
          .build();
  private static final HeldCertificate ISSUED =
      new HeldCertificate.Builder()
          .signedBy(ROOT)
          .validityInterval(
              NOW.minusSeconds(86_400).toEpochMilli(), NOW.plusSeconds(86_400).toEpochMilli())
          .build();
  private static final HeldCertificate STRANGER =
      new HeldCertificate.Builder().duration(1, TimeUnit.DAYS).build();
  private static final RsaJsonWebKey RSA = rsa();

  private static final AuthConfig.Token CONFIG =
      new AuthConfig.Token(
          "https://auth.example/token",
          "cache",
          "me",
          Optional.empty(),
          Optional.empty(),
          List.of("RS256", "PS256", "ES256"));

  private final TokenVerifier verifier = new TokenVerifier(CONFIG, () -> NOW);

  private static RsaJsonWebKey rsa() {
    try {
      RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
      key.setKeyId("first");
      return key;
    } catch (JoseException e) {
      throw new AssertionError(e);
    }
  }

  private static List<TrustedKeys> trusted() throws IOException {
    return List.of(
        TrustedKeys.certificates(ROOT.certificatePem().getBytes(StandardCharsets.US_ASCII)),
        TrustedKeys.keySet(
            ("{\"keys\":[" + RSA.toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY) + "]}")
                .getBytes(StandardCharsets.US_ASCII)));
  }

  private static JwtClaims claims() {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer("me");
    claims.setAudience("cache");
    claims.setSubject("alice");
    claims.setExpirationTime(at(300));
    claims.setNotBefore(at(-10));
    claims.setClaim(
        "access",
        List.of(
            Map.of("type", "repository", "name", "team/app", "actions", List.of("pull", "push"))));
    return claims;
  }

  private static NumericDate at(long seconds) {
    return NumericDate.fromSeconds(NOW.getEpochSecond() + seconds);
  }

  private static JsonWebSignature byRsa(JwtClaims claims) {
    JsonWebSignature token = new JsonWebSignature();
    token.setPayload(claims.toJson());
    token.setAlgorithmHeaderValue("RS256");
    token.setKeyIdHeaderValue("first");
    token.setKey(RSA.getPrivateKey());
    return token;
  }

  private static JsonWebSignature byCertificate(HeldCertificate leaf, HeldCertificate... issuers) {
    JsonWebSignature token = new JsonWebSignature();
    token.setPayload(claims().toJson());
    token.setAlgorithmHeaderValue("ES256");
    token.setKey(leaf.keyPair().getPrivate());
    var chain = new java.security.cert.X509Certificate[issuers.length + 1];
    chain[0] = leaf.certificate();
    for (int i = 0; i < issuers.length; i++) {
      chain[i + 1] = issuers[i].certificate();
    }
    token.setCertificateChainHeaderValue(chain);
    return token;
  }

  private Optional<Grant> verify(JsonWebSignature token) throws Exception {
    return verify(token.getCompactSerialization());
  }

  private Optional<Grant> verify(String token) throws IOException {
    try {
      return Optional.of(verifier.verify(token, trusted()));
    } catch (InvalidTokenException e) {
      return Optional.empty();
    }
  }

  private void assertInvalid(JsonWebSignature token, String reason) {
    assertThatThrownBy(() -> verifier.verify(token.getCompactSerialization(), trusted()))
        .isInstanceOf(InvalidTokenException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aTokenOfATrustedKeyAllowsWhatItLists() throws Exception {
    Grant grant = verify(byRsa(claims())).orElseThrow();

    assertThat(grant.user()).isEqualTo("alice");
    assertThat(grant.expires()).isEqualTo(NOW.plusSeconds(360));
    assertThat(grant.allows(new Grant.Scope("repository:team/app", "pull"))).isTrue();
    assertThat(grant.allows(new Grant.Scope("repository:team/other", "pull"))).isFalse();
    assertThat(grant.allows(new Grant.Scope("registry:catalog", "*"))).isFalse();
  }

  @Test
  void aKeyIsAlsoNamedByItsThumbprintOrAsByLibtrust() throws Exception {
    JsonWebSignature token = byRsa(claims());
    token.setKeyIdHeaderValue(TrustedKeys.thumbprint(RSA.getPublicKey()));
    assertThat(verify(token)).isPresent();

    JsonWebSignature byRoot = byCertificate(ROOT);
    byRoot.getHeaders().setObjectHeaderValue("x5c", null);
    byRoot.setKeyIdHeaderValue(TrustedKeys.libtrustId(ROOT.keyPair().getPublic()));
    assertThat(verify(byRoot)).isPresent();
    assertThat(TrustedKeys.libtrustId(ROOT.keyPair().getPublic()))
        .matches("([A-Z2-7]{4}:){11}[A-Z2-7]{4}");
  }

  @Test
  void aChainLeadsToATrustedCertificate() throws Exception {
    assertThat(verify(byCertificate(ISSUED))).isPresent();
    assertThat(verify(byCertificate(ISSUED, ROOT))).isPresent();
    assertThat(verify(byCertificate(ROOT))).isPresent();
    assertThat(verify(byCertificate(STRANGER))).isEmpty();
    assertThat(verify(byCertificate(STRANGER, ROOT))).isEmpty();
  }

  @Test
  void aKeyInTheTokenMustBeTrustedItself() throws Exception {
    JsonWebSignature token = byRsa(claims());
    token.setKeyIdHeaderValue(null);
    token.setJwkHeader(
        PublicJsonWebKey.Factory.newPublicJwk(
            RSA.toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY)));
    assertThat(verify(token)).isPresent();

    RsaJsonWebKey own = RsaJwkGenerator.generateJwk(2048);
    JsonWebSignature foreign = byRsa(claims());
    foreign.setKey(own.getPrivateKey());
    foreign.setJwkHeader(
        PublicJsonWebKey.Factory.newPublicJwk(
            own.toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY)));
    assertThat(verify(foreign)).isEmpty();
  }

  @Test
  void aTokenWithoutASignatureIsRefused() throws Exception {
    JsonWebSignature token = byRsa(claims());
    token.setAlgorithmConstraints(org.jose4j.jwa.AlgorithmConstraints.NO_CONSTRAINTS);
    token.setAlgorithmHeaderValue("none");
    token.setKey(null);

    assertThat(verify(token)).isEmpty();
  }

  @Test
  void aPublicKeyIsNoSharedSecret() throws Exception {
    JsonWebSignature token = byRsa(claims());
    token.setAlgorithmHeaderValue("HS256");
    token.setKey(new HmacKey(RSA.getPublicKey().getEncoded()));

    assertThat(verify(token)).isEmpty();
  }

  @Test
  void anAlgorithmThatIsNotAllowedIsRefused() throws Exception {
    JsonWebSignature token = byRsa(claims());
    token.setAlgorithmHeaderValue("RS512");

    assertThat(verify(token)).isEmpty();
  }

  @Test
  void anotherKeyOfTheSameNameIsRefused() throws Exception {
    JsonWebSignature token = byRsa(claims());
    token.setKey(RsaJwkGenerator.generateJwk(2048).getPrivateKey());
    assertThat(verify(token)).isEmpty();

    JsonWebSignature unknown = byRsa(claims());
    unknown.setKeyIdHeaderValue("second");
    assertThat(verify(unknown)).isEmpty();
  }

  @Test
  void aChangedTokenIsRefused() throws Exception {
    String token = byRsa(claims()).getCompactSerialization();
    int dot = token.indexOf('.');
    String changed =
        token.substring(0, dot + 1)
            + (token.charAt(dot + 1) == 'e' ? 'f' : 'e')
            + token.substring(dot + 2);

    assertThat(verify(changed)).isEmpty();
  }

  @Test
  void aTokenHasItsTimeWithALeeway() throws Exception {
    JwtClaims claims = claims();
    claims.setExpirationTime(at(-59));
    assertThat(verify(byRsa(claims))).isPresent();
    claims.setExpirationTime(at(-60));
    assertThat(verify(byRsa(claims))).isEmpty();

    JwtClaims early = claims();
    early.setNotBefore(at(60));
    assertThat(verify(byRsa(early))).isPresent();
    early.setNotBefore(at(61));
    assertThat(verify(byRsa(early))).isEmpty();

    JwtClaims endless = claims();
    endless.unsetClaim("exp");
    assertThat(verify(byRsa(endless))).isEmpty();
  }

  @Test
  void aTokenForAnotherServiceOrOfAnotherIssuerIsRefused() throws Exception {
    JwtClaims other = claims();
    other.setAudience("another");
    assertThat(verify(byRsa(other))).isEmpty();
    other.setAudience("another", "cache");
    assertThat(verify(byRsa(other))).isPresent();
    other.unsetClaim("aud");
    assertThat(verify(byRsa(other))).isEmpty();

    JwtClaims foreign = claims();
    foreign.setIssuer("you");
    assertThat(verify(byRsa(foreign))).isEmpty();
    foreign.unsetClaim("iss");
    assertThat(verify(byRsa(foreign))).isEmpty();
  }

  @Test
  void theReasonSaysWhatToLookAt() throws Exception {
    JsonWebSignature unknown = byRsa(claims());
    unknown.setKeyIdHeaderValue("second");
    assertInvalid(unknown, "names no key that is trusted");
    JsonWebSignature signedByAnother = byRsa(claims());
    signedByAnother.setKey(RsaJwkGenerator.generateJwk(2048).getPrivateKey());
    assertInvalid(signedByAnother, "signature is wrong");
    JsonWebSignature otherAlgorithm = byRsa(claims());
    otherAlgorithm.setAlgorithmHeaderValue("RS512");
    assertInvalid(otherAlgorithm, "algorithm that is allowed");

    JwtClaims old = claims();
    old.setExpirationTime(at(-300));
    assertInvalid(byRsa(old), "has expired at 2026-11-27T11:55:00Z");
    JwtClaims endless = claims();
    endless.unsetClaim("exp");
    assertInvalid(byRsa(endless), "no time when it expires");
    JwtClaims early = claims();
    early.setNotBefore(at(300));
    assertInvalid(byRsa(early), "not valid yet");
    JwtClaims foreign = claims();
    foreign.setIssuer("you");
    assertInvalid(byRsa(foreign), "auth.token.issuer");
    JwtClaims other = claims();
    other.setAudience("another");
    assertInvalid(byRsa(other), "auth.token.service");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a.b", "a.b.c", "....", "eyJhbGciOiJSUzI1NiJ9..", "\u0000"})
  void whatIsNoTokenIsRefused(String text) throws Exception {
    assertThat(verify(text)).isEmpty();
  }

  @Test
  void anAccessListThatIsNotAsItShouldBeGrantsNothing() {
    assertThat(Grant.actions("all")).isEmpty();
    assertThat(Grant.actions(List.of("all", Map.of("type", "repository"), Map.of()))).isEmpty();
    assertThat(
            Grant.actions(
                List.of(Map.of("type", "repository(plugin)", "name", "a", "actions", "pull"))))
        .containsOnlyKeys("repository:a")
        .allSatisfy((resource, actions) -> assertThat(actions).isEmpty());
  }

  @Test
  void filesWithoutKeysAreErrorsForTheOperator() {
    assertThatThrownBy(() -> TrustedKeys.keySet("[]".getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () -> TrustedKeys.keySet("{\"keys\":[]}".getBytes(StandardCharsets.US_ASCII)))
        .hasMessageContaining("contains no public key");
    assertThatThrownBy(() -> TrustedKeys.certificates("x".getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(IOException.class);
  }
}
