package dev.cistern.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.proxy.upstream.http.UpstreamConfig;
import org.junit.jupiter.api.Test;

class PullThroughCacheBuilderTest {

  @Test
  void theNumberOfTransfersIsBounded() {
    PullThroughCacheBuilder builder = PullThroughCache.builder();
    builder.upstream(UpstreamConfig.builder("http://127.0.0.1:9").build());
    assertThat(builder.defaultUpstream().maxTransfers()).isEqualTo(64);
    assertThat(builder.maxTransfers(8).defaultUpstream().maxTransfers()).isEqualTo(8);
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxTransfers(0));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxTransfers(1001));
    assertThat(builder.defaultUpstream().blobConnections()).isEqualTo(4);
    assertThat(builder.blobConnections(1).defaultUpstream().blobConnections()).isOne();
    assertThatIllegalArgumentException().isThrownBy(() -> builder.blobConnections(0));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.blobConnections(17));
  }
}
