package dev.cistern.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class DriverParametersTest {

  private final DriverParameters parameters =
      DriverParameters.of(
          "bucket",
          Map.of(
              "name", "images", "parts", "8", "secure", "true", "dir", "/tmp/x", "blank", " ",
              "odd", "8x", "nul", "\0"));

  @Test
  void valuesAreReadAsWhatTheyAre() {
    assertThat(parameters.text("name")).contains("images");
    assertThat(parameters.requiredText("name")).isEqualTo("images");
    assertThat(parameters.integer("parts", 1)).hasValue(8);
    assertThat(parameters.flag("secure")).contains(true);
    assertThat(parameters.path("dir")).contains(Path.of("/tmp/x"));
  }

  @Test
  void flagsHaveTheFormsThatDistributionAccepts() {
    for (String yes : List.of("true", "True", "TRUE", "t", "T", "1")) {
      assertThat(DriverParameters.of("s3", Map.of("secure", yes)).flag("secure")).contains(true);
    }
    for (String no : List.of("false", "False", "FALSE", "f", "F", "0")) {
      assertThat(DriverParameters.of("s3", Map.of("secure", no)).flag("secure")).contains(false);
    }
  }

  @Test
  void whatIsMissingIsEmpty() {
    DriverParameters none = DriverParameters.none("bucket");
    assertThat(none.text("name")).isEmpty();
    assertThat(none.integer("parts", 1)).isEmpty();
    assertThat(none.flag("secure")).isEmpty();
    assertThat(none.path("dir")).isEmpty();
  }

  @Test
  void whatMakesNoSenseIsAnErrorThatNamesTheKey() {
    assertFails(() -> parameters.requiredText("missing"), "storage.bucket.missing is required");
    assertFails(() -> parameters.requiredText("blank"), "storage.bucket.blank is required");
    assertFails(
        () -> parameters.integer("odd", 1),
        "storage.bucket.odd must be a whole number of at least 1, not '8x'");
    assertFails(
        () -> parameters.integer("parts", 9),
        "storage.bucket.parts must be a whole number of at least 9, not '8'");
    assertFails(() -> parameters.flag("odd"), "storage.bucket.odd must be true or false, not '8x'");
    assertFails(() -> parameters.path("blank"), "storage.bucket.blank must be a path, not ' '");
    assertFails(() -> parameters.path("nul"), "storage.bucket.nul must be a path, not '\\u0000'");
  }

  @Test
  void anUnknownKeyIsAnErrorThatListsTheKnownOnes() {
    DriverParameters misspelt = DriverParameters.of("filesystem", Map.of("rootdirectroy", "/x"));
    assertFails(
        () -> misspelt.requireKnown(Set.of("maxthreads", "rootdirectory")),
        "storage.filesystem.rootdirectroy is not a parameter of this driver; its parameters are:"
            + " maxthreads, rootdirectory");
    assertFails(
        () -> misspelt.requireKnown(Set.of()),
        "storage.filesystem.rootdirectroy is not a parameter of this driver; it has no parameters");
  }

  @Test
  void theErrorTellsDriverAndKeyApart() {
    assertThatThrownBy(() -> parameters.requiredText("missing"))
        .isInstanceOfSatisfying(
            DriverParameterException.class,
            e -> {
              assertThat(e.driver()).isEqualTo("bucket");
              assertThat(e.parameter()).isEqualTo("missing");
            });
  }

  @Test
  void valuesDoNotShowInText() {
    assertThat(DriverParameters.of("bucket", Map.of("secretkey", "hunter2")).toString())
        .isEqualTo("storage.bucket[secretkey]");
  }

  private static void assertFails(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(DriverParameterException.class).hasMessage(message);
  }

  @Test
  void sizesAreBytesWithAUnit() {
    DriverParameters parameters =
        DriverParameters.of("s3", Map.of("plain", "1024", "unit", "10MiB", "half", "1.5 kB"));
    assertThat(parameters.size("plain", 1)).hasValue(1024);
    assertThat(parameters.size("unit", 1)).hasValue(10 << 20);
    assertThat(parameters.size("half", 1)).hasValue(1500);
    assertThat(parameters.size("missing", 1)).isEmpty();
    assertThatThrownBy(() -> parameters.size("plain", 5000))
        .isInstanceOf(DriverParameterException.class)
        .hasMessageContaining("storage.s3.plain must be a size of at least 5000 bytes");
    assertThatThrownBy(() -> DriverParameters.of("s3", Map.of("a", "10 apples")).size("a", 1))
        .isInstanceOf(DriverParameterException.class);
  }

  @Test
  void durationsAreLongerThanZero() {
    DriverParameters parameters =
        DriverParameters.of("s3", Map.of("a", "1m30s", "b", "500ms", "c", "0s", "d", "5"));
    assertThat(parameters.duration("a")).contains(Duration.ofSeconds(90));
    assertThat(parameters.duration("b")).contains(Duration.ofMillis(500));
    assertThat(parameters.duration("missing")).isEmpty();
    for (String key : List.of("c", "d")) {
      assertThatThrownBy(() -> parameters.duration(key))
          .isInstanceOf(DriverParameterException.class)
          .hasMessageContaining("must be a duration longer than zero");
    }
  }

  @Test
  void messagesNeverContainASecret() {
    DriverParameters parameters = DriverParameters.of("s3", Map.of("key", "hunter2", "no", " "));
    assertThat(parameters.secret("key")).contains("hunter2");
    assertThat(parameters.toString()).doesNotContain("hunter2");
    assertThatThrownBy(() -> parameters.secret("no")).hasMessageContaining("must not be blank");
  }
}
