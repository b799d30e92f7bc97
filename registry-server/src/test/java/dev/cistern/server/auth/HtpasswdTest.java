package dev.cistern.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.security.crypto.bcrypt.BCrypt;

class HtpasswdTest {

  private static final String ALICE = "alice:" + BCrypt.hashpw("correct", BCrypt.gensalt("$2y", 4));

  private static Htpasswd parse(String text) {
    return Htpasswd.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsUsersAndLeavesOutCommentsAndEmptyLines() {
    Htpasswd users = parse("# people\n\n  " + ALICE + "  \r\n\n# end");

    assertThat(users.size()).isEqualTo(1);
    assertThat(users.complaints()).isEmpty();
    assertThat(users.hash("alice")).hasValueSatisfying(h -> assertThat(h).startsWith("$2y$04$"));
    assertThat(users.hash("bob")).isEmpty();
  }

  @Test
  void acceptsTheThreeNamesOfTheAlgorithm() {
    for (String name : new String[] {"$2a", "$2b", "$2y"}) {
      assertThat(parse("u:" + BCrypt.hashpw("p", BCrypt.gensalt(name, 4))).complaints()).isEmpty();
    }
  }

  @Test
  void complainsOfOtherLinesByNumberAndNeverQuotesThem() {
    Htpasswd users =
        parse(
            "md5:$apr1$abcdefgh$0123456789012345678901\n"
                + ALICE
                + "\nsha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\nplain:secret\nnocolon\n:$2y$04$x\n"
                + "slow:"
                + "$2y$18$"
                + "a".repeat(53));

    assertThat(users.size()).isEqualTo(1);
    assertThat(users.complaints())
        .containsExactly(
            "line 1 has no bcrypt hash of a cost from 4 to 17",
            "line 3 has no bcrypt hash of a cost from 4 to 17",
            "line 4 has no bcrypt hash of a cost from 4 to 17",
            "line 5 is not user:hash",
            "line 6 is not user:hash",
            "line 7 has no bcrypt hash of a cost from 4 to 17");
  }

  @Test
  void theDummyTakesAsLongAsTheSlowestHashAndIsValid() {
    Htpasswd users = parse(ALICE + "\nbob:" + BCrypt.hashpw("x", BCrypt.gensalt("$2y", 6)));

    assertThat(users.dummy()).startsWith("$2b$06$").hasSize(60);
    assertThat(BCrypt.checkpw("x", users.dummy())).isFalse();
  }

  @Test
  void showsNoHash() {
    assertThat(parse(ALICE).toString()).isEqualTo("1 users");
  }
}
