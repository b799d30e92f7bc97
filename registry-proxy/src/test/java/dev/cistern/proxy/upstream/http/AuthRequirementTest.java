package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.RepositoryName;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;

class AuthRequirementTest {

  private static Optional<AuthRequirement> choose(String header) {
    return AuthRequirement.choose(
        ChallengeParser.parse(List.of(header)), new RepositoryName("a/b"));
  }

  @Test
  void prefersBearerToBasic() {
    assertThat(
            choose(
                "Basic realm=x, Bearer realm=\"https://t/token\", service=s, scope=\"r:a:pull\""))
        .contains(
            new AuthRequirement.Bearer(HttpUrl.get("https://t/token"), "s", List.of("r:a:pull")));
  }

  @Test
  void theDefaultScopeIsPullOfTheRepository() {
    assertThat(choose("Bearer realm=\"https://t/token\""))
        .contains(
            new AuthRequirement.Bearer(
                HttpUrl.get("https://t/token"), "", List.of("repository:a/b:pull")));
  }

  @Test
  void aScopeMayListSeveral() {
    assertThat(choose("Bearer realm=\"https://t/\",scope=\"repository:a:pull repository:b:pull\""))
        .contains(
            new AuthRequirement.Bearer(
                HttpUrl.get("https://t/"), "", List.of("repository:a:pull", "repository:b:pull")));
  }

  @Test
  void fallsBackToBasicWhenTheRealmIsInvalid() {
    assertThat(choose("Bearer realm=\"file:///etc/passwd\", Basic realm=x"))
        .contains(new AuthRequirement.Basic());
    assertThat(choose("Bearer service=s, Basic realm=x")).contains(new AuthRequirement.Basic());
    assertThat(choose("Bearer realm=\"https://user:secret@t/\", Basic realm=x"))
        .contains(new AuthRequirement.Basic());
  }

  @Test
  void otherSchemesAreNotAnswered() {
    assertThat(choose("Negotiate, Digest realm=x")).isEmpty();
    assertThat(choose("Bearer realm=\"/relative\"")).isEmpty();
  }
}
