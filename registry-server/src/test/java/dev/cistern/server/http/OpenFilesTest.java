package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a running server still holds open when its clients have gone. */
@EnabledOnOs(OS.LINUX)
class OpenFilesTest extends ServerTest {

  private final byte[] content = Samples.bytes(2_000_000, 13);

  private void awaitNoneButTheSpoolsOwner() {
    await(() -> OpenFiles.under(directory).stream().allMatch(file -> file.endsWith("/owner")));
  }

  @Test
  void answeredBlobsAreClosed() {
    Digest digest = upstream.blob(REPOSITORY, content);
    server.get(blobPath(digest));
    awaitStored(digest);
    server.get(blobPath(digest));
    server.get(blobPath(digest), "Range", "bytes=1-2,5-6");
    server.get(blobPath(digest), "Range", "bytes=9999999-");
    server.get(blobPath(digest), "Range", "bytes=" + "0-1,".repeat(50) + "0-1");
    server.get(blobPath(digest), "If-None-Match", "*");
    server.head(blobPath(digest));

    awaitNoneButTheSpoolsOwner();
  }

  @Test
  void blobsOfClientsThatLeftAreClosed() throws Exception {
    Tap tap = new Tap();
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(1_000_000);
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      RawClient client = server.connect();
      clients.add(client);
      client.ask("GET", blobPath(digest), "Range: bytes=" + i * 50_000 + "-").head();
    }
    for (RawClient client : clients) {
      client.reset();
    }
    assertThat(OpenFiles.under(directory)).isNotEmpty();

    tap.open();

    awaitStored(digest);
    awaitNoneButTheSpoolsOwner();
  }

  @Test
  void blobsThatFailedAreClosed() throws Exception {
    Tap tap = new Tap();
    Digest digest = upstream.blob(REPOSITORY, content, tap);
    tap.openTo(1_000_000);
    try (RawClient client = server.connect()) {
      client.ask("GET", blobPath(digest)).head();
      upstream.forget(blobPath(digest));
      tap.cut();
      client.untilClosed();
    }

    awaitNoneButTheSpoolsOwner();
  }
}
