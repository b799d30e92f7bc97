package dev.cistern.examples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.examples.testing.FakeUpstream;
import dev.cistern.examples.testing.SampleImage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CopyBlobTest {

  @Test
  void theBlobIsCopied(@TempDir Path directory) throws Exception {
    SampleImage image = SampleImage.ofLayers(2_000_000);
    byte[] layer = image.blobs().get(1);
    try (FakeUpstream upstream = FakeUpstream.with("team/app", "1.0", image)) {
      CopyBlob.main(
          new String[] {
            upstream.url(), "team/app", Digest.sha256(layer).toString(), directory.toString()
          });
    }
    assertThat(directory.resolve("blob")).hasBinaryContent(layer);
  }
}
