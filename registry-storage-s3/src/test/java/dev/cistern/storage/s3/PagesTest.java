package dev.cistern.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A listing of two pages from a server that fails now and then. */
class PagesTest {

  private final List<String> asked = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private int failures;
  private Kind kind = Kind.UNAVAILABLE;
  private String failing = "2";

  private ListObjectsV2Response page(@Nullable String token) throws StorageException {
    String page = token == null ? "1" : token;
    asked.add(page);
    if (page.equals(failing) && failures-- > 0) {
      throw new StorageException(kind, "down", null);
    }
    ListObjectsV2Response.Builder response =
        ListObjectsV2Response.builder().contents(S3Object.builder().key("name " + page).build());
    return (page.equals("1") ? response.isTruncated(true).nextContinuationToken("2") : response)
        .build();
  }

  private List<String> names() {
    try (Stream<String> names =
        Pages.stream(
            this::page,
            page -> page.contents().stream().map(S3Object::key).toList(),
            pauses::add)) {
      return names.toList();
    }
  }

  @Test
  void aListingGoesOnAtThePageThatFailed() {
    failures = 2;
    assertThat(names()).containsExactly("name 1", "name 2");
    assertThat(asked).containsExactly("1", "2", "2", "2");
    assertThat(pauses).hasSize(2).isSorted();
  }

  @Test
  void aServerThatStaysAwayEndsTheListing() {
    failures = Integer.MAX_VALUE;
    assertThatThrownBy(this::names).isInstanceOf(UncheckedIOException.class);
    assertThat(asked).hasSize(5);
  }

  @Test
  void theFirstPageAndOneThatIsRefusedAreNotTriedAgain() {
    failures = 1;
    kind = Kind.REFUSED;
    assertThatThrownBy(this::names).isInstanceOf(UncheckedIOException.class);
    kind = Kind.UNAVAILABLE;
    failing = "1";
    failures = 1;
    assertThatThrownBy(this::names).isInstanceOf(UncheckedIOException.class);
    assertThat(pauses).isEmpty();
  }
}
