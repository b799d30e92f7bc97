package dev.cistern.proxy.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Share;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class IndexOwnersTest {

  private static final long NOW = 1_800_000_000_000L;
  private static final Digest A = digest("a");
  private static final Digest B = digest("b");

  private final Shares shares =
      Shares.of(Limits.builder().share("ghcr.io", Share.WHOLE.maxSize(1)).build());
  private final int ghcr = shares.owner(new RepositoryName("ghcr.io/team/app"));
  private final ContentIndex index = new ContentIndex();
  private final IndexOwners owners = index.owners();

  private static Digest digest(String content) {
    return Digest.sha256(content.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void ownersTakeAByteForEachContentAndAreCounted() {
    for (int i = 0; i < 100_000; i++) {
      index.put(digest(Integer.toString(i)), 1_000, NOW);
    }
    index.put(A, 10, NOW);
    long before = index.memory();
    index.forEach(
        (id, cost, lastUse, protection) ->
            owners.add(index.entry(id).orElseThrow().digest(), ghcr, shares));

    assertThat(index.memory() - before).isLessThan(100_000 + 2 * 64 * DigestTable.CHUNK);
    assertThat(index.totals().owned(ghcr)).isEqualTo(100_000 * Costs.of(1_000) + Costs.of(10));
    assertThat(owners.isAnyUnknown()).isFalse();

    index.remove(A);
    index.put(A, 10, NOW);
    assertThat(owners.of(A)).isEqualTo(Shares.UNKNOWN);
    owners.add(A, ghcr, shares);
    owners.add(A, Shares.DEFAULT, shares);
    assertThat(owners.of(A)).isEqualTo(Shares.DEFAULT);
    assertThat(index.totals().owned(Shares.DEFAULT)).isEqualTo(Costs.of(10));
    owners.forget();
    assertThat(index.totals().owned(ghcr)).isZero();
    assertThat(index.totals().owned(Shares.DEFAULT)).isZero();
  }

  /** Otherwise it is never evicted for its age, because a sweep looks only at who has content. */
  @Test
  void contentWhoseOwnersAreForgottenCountsToTheUnknown() {
    index.put(A, 10, NOW);
    index.put(B, 20, NOW);
    owners.add(A, ghcr, shares);

    owners.forget();

    assertThat(index.totals().owned(Shares.UNKNOWN)).isEqualTo(Costs.of(10) + Costs.of(20));
  }
}
