package dev.cistern.proxy.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.event.CacheStatus;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ManifestContentTest {

  private static final byte[] BODY = "{}".getBytes(UTF_8);

  private final ManifestContent content =
      new ManifestContent(
          Digest.sha256(BODY),
          MediaType.OCI_MANIFEST,
          ByteBuffer.wrap(BODY),
          CacheStatus.Hit.BY_DIGEST);

  @Test
  void everyReaderHasItsOwnPosition() {
    content.body().get();

    assertThat(content.body().remaining()).isEqualTo(2);
    assertThat(content.body().isReadOnly()).isTrue();
  }

  @Test
  void infoHasTheSameValuesWithoutTheBody() {
    assertThat(content.info())
        .isEqualTo(
            new ManifestInfo(
                Digest.sha256(BODY), MediaType.OCI_MANIFEST, 2, CacheStatus.Hit.BY_DIGEST));
  }
}
