package dev.cistern.proxy.internal.pull;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Platform;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexEntriesTest {

  private static final Digest ONE = Digest.sha256("one".getBytes(UTF_8));
  private static final Digest TWO = Digest.sha256("two".getBytes(UTF_8));

  private static List<Digest> amd64(String index) throws RegistryException {
    return IndexEntries.of(ByteBuffer.wrap(index.getBytes(UTF_8)), Platform.LINUX_AMD64);
  }

  private static String entry(Digest digest, String platform) {
    return "{\"platform\": %s, \"x\": {\"digest\": \"no\"}, \"digest\": \"%s\"}"
        .formatted(platform, digest);
  }

  private static String index(String... entries) {
    return "{\"x\": [{\"manifests\": []}], \"manifests\": [%s], \"y\": 1}"
        .formatted(String.join(",", entries));
  }

  @Test
  void allManifestsOfThePlatformAreFoundInTheirOrder() throws RegistryException {
    String platform = "{\"architecture\": \"amd64\", \"x\": [1], \"os\": \"linux\"}";

    assertThat(
            amd64(
                index(
                    entry(ONE, platform),
                    entry(TWO, "{\"os\": \"linux\", \"architecture\": \"arm\"}"),
                    entry(TWO, platform))))
        .containsExactly(ONE, TWO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"platform\": null}",
        "{\"platform\": []}",
        "{\"platform\": [{\"os\": \"linux\", \"architecture\": \"amd64\"}]}",
        "{\"platform\": {\"os\": {\"os\": \"linux\"}, \"architecture\": \"amd64\"}}",
        "{}",
        "null",
        "[[]]",
        "1",
      })
  void anOddEntryHidesNoneAfterIt(String odd) throws RegistryException {
    assertThat(amd64(index(odd, entry(ONE, linux())))).containsExactly(ONE);
  }

  @Test
  void theMessageNamesSomeOfThousandsOfPlatforms() {
    String index =
        IntStream.range(0, 5_000)
            .mapToObj(i -> entry(ONE, "{\"os\": \"os%d\", \"architecture\": \"x\"}".formatted(i)))
            .collect(Collectors.joining(",", "{\"manifests\": [", "]}"));

    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> amd64(index))
        .satisfies(e -> assertThat(e.getMessage()).contains("os7/x").endsWith(", …"))
        .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(500));
  }

  @Test
  void whatIsSkippedTakesLittleMemory() throws RegistryException {
    String lists = "[]" + ",[]".repeat(1 << 20);
    byte[] index =
        index("{\"x\": [%s], %s".formatted(lists, entry(ONE, linux()).substring(1)))
            .getBytes(UTF_8);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    List<Digest> found = IndexEntries.of(ByteBuffer.wrap(index), Platform.LINUX_AMD64);

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4L * index.length);
    assertThat(found).containsExactly(ONE);
  }

  private static String linux() {
    return "{\"os\": \"linux\", \"architecture\": \"amd64\"}";
  }
}
