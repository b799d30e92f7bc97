package dev.cistern.proxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AccessRulesTest {

  private static final RepositoryName APP = new RepositoryName("team/app");
  private static final RepositoryName OTHER = new RepositoryName("other/app");
  private static final Tag LATEST = new Tag("latest");
  private static final Tag V1 = new Tag("v1");
  private static final Digest DIGEST = Digest.sha256(new byte[0]);

  private static List<ImagePattern> patterns(String... texts) {
    return Stream.of(texts).map(ImagePattern::parse).toList();
  }

  private static AccessRules allow(String... texts) {
    return new AccessRules(patterns(texts), List.of(), List.of());
  }

  private static AccessRules deny(String... texts) {
    return new AccessRules(List.of(), patterns(texts), List.of());
  }

  @Test
  void withoutRulesEverythingIsAllowed() {
    assertThat(AccessRules.NONE.refusal(APP, LATEST)).isEmpty();
    assertThat(AccessRules.NONE.refusal(APP, DIGEST)).isEmpty();
    assertThat(AccessRules.NONE.refusal(APP)).isEmpty();
  }

  @Test
  void aDeniedRepositoryIsDeniedByTagAndByDigest() {
    AccessRules rules = deny("team/*");

    assertThat(rules.refusal(APP, LATEST)).hasValue("denied by the rule 'deny: team/*'");
    assertThat(rules.refusal(APP, DIGEST)).isPresent();
    assertThat(rules.refusal(APP)).isPresent();
    assertThat(rules.refusal(OTHER, LATEST)).isEmpty();
  }

  @Test
  void aDeniedTagDoesNotDenyTheRepository() {
    AccessRules rules = deny("team/app:latest");

    assertThat(rules.refusal(APP, LATEST)).isPresent();
    assertThat(rules.refusal(APP, V1)).isEmpty();
    assertThat(rules.refusal(APP, DIGEST)).isEmpty();
    assertThat(rules.refusal(APP)).isEmpty();
  }

  @Test
  void whatIsNotAllowedIsDenied() {
    AccessRules rules = allow("team/app:v*");

    assertThat(rules.refusal(APP, V1)).isEmpty();
    assertThat(rules.refusal(APP, LATEST)).hasValue("not allowed by any rule of 'allow'");
    assertThat(rules.refusal(APP, DIGEST)).isEmpty();
    assertThat(rules.refusal(APP)).isEmpty();
    assertThat(rules.refusal(OTHER, V1)).isPresent();
    assertThat(rules.refusal(OTHER, DIGEST)).isPresent();
    assertThat(rules.refusal(OTHER)).isPresent();
  }

  @Test
  void denyIsStrongerThanAllow() {
    AccessRules rules = new AccessRules(patterns("team/*"), patterns("team/app"), List.of());

    assertThat(rules.refusal(APP, V1)).isPresent();
    assertThat(rules.refusal(new RepositoryName("team/web"), V1)).isEmpty();
  }

  @Test
  void someRepositoriesMustBePulledByDigest() {
    AccessRules rules = new AccessRules(List.of(), List.of(), patterns("team/*"));

    assertThat(rules.refusal(APP, LATEST))
        .hasValue("allowed by digest only, by the rule 'digestonly: team/*'");
    assertThat(rules.refusal(APP, DIGEST)).isEmpty();
    assertThat(rules.refusal(APP)).isEmpty();
    assertThat(rules.refusal(OTHER, LATEST)).isEmpty();
  }
}
