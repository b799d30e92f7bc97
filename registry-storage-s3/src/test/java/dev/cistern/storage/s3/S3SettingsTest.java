package dev.cistern.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDrivers;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class S3SettingsTest {

  @Test
  void theDriverIsFoundByItsName() {
    assertThat(StorageDrivers.names()).contains("s3");
  }

  @Test
  void defaultsAreThoseOfAmazon() {
    S3Settings settings = settings(Map.of("region", "eu-central-1"));
    assertThat(settings.bucket()).isEqualTo("images");
    assertThat(settings.region()).isEqualTo("eu-central-1");
    assertThat(settings.endpoint()).isEmpty();
    assertThat(settings.addressing()).isEqualTo(S3Settings.Addressing.IN_HOST);
    assertThat(settings.certificates()).isEqualTo(S3Settings.Certificates.VERIFIED);
    assertThat(settings.credentials()).isEmpty();
    assertThat(settings.root()).isEmpty();
    assertThat(settings.encryption().enabled()).isFalse();
    assertThat(settings.storageClass()).isEmpty();
    assertThat(settings.chunkSize()).isEqualTo(10 << 20);
    assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void everyParameterIsRead() {
    Map<String, String> all = new HashMap<>();
    all.put("regionendpoint", "s3.example.com:9000");
    all.put("secure", "false");
    all.put("forcepathstyle", "false");
    all.put("skipverify", "true");
    all.put("accesskey", "access");
    all.put("secretkey", "secret");
    all.put("sessiontoken", "token");
    all.put("rootdirectory", "/a/b/");
    all.put("encrypt", "true");
    all.put("keyid", "key");
    all.put("storageclass", "STANDARD_IA");
    all.put("chunksize", "16777216");
    all.put("timeout", "3s");
    all.put("useragent", "us");
    S3Settings settings = settings(all);
    assertThat(settings.endpoint()).contains(URI.create("http://s3.example.com:9000"));
    assertThat(settings.region()).isEqualTo("us-east-1");
    assertThat(settings.addressing()).isEqualTo(S3Settings.Addressing.IN_HOST);
    assertThat(settings.certificates()).isEqualTo(S3Settings.Certificates.ANY);
    assertThat(settings.credentials().orElseThrow().sessionToken()).contains("token");
    assertThat(settings.root()).isEqualTo("a/b/");
    assertThat(settings.encryption().keyId()).contains("key");
    assertThat(settings.storageClass()).contains("STANDARD_IA");
    assertThat(settings.chunkSize()).isEqualTo(16 << 20);
    assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.userAgent()).contains("us");
  }

  @Test
  void blankCredentialsAreNotSet() {
    S3Settings settings =
        settings(Map.of("region", "x", "accesskey", "", "secretkey", " ", "sessiontoken", ""));
    assertThat(settings.credentials()).isEmpty();
    assertThat(
            settings(Map.of("region", "x", "accesskey", "a", "secretkey", "b", "sessiontoken", ""))
                .credentials()
                .orElseThrow()
                .sessionToken())
        .isEmpty();
  }

  @Test
  void amazonsFipsServersAreUsedIfTheParameterSaysSo() {
    assertThat(settings(Map.of("region", "x")).amazon()).isEqualTo(S3Settings.Amazon.STANDARD);
    assertThat(settings(Map.of("region", "x", "usefipsendpoint", "True")).amazon())
        .isEqualTo(S3Settings.Amazon.FIPS);
  }

  @Test
  void aCheckOfTheConfigurationOpensNothing() {
    DriverParameters right = DriverParameters.of("s3", Map.of("bucket", "b", "region", "x"));
    StorageDrivers.check("s3", right);
    assertFails(
        () -> StorageDrivers.check("s3", DriverParameters.of("s3", Map.of("bucket", "b"))),
        "storage.s3.region is required");
    assertFails(
        () ->
            StorageDrivers.check(
                "s3",
                DriverParameters.of("s3", Map.of("bucket", "b", "region", "x", "secure", "maybe"))),
        "storage.s3.secure must be true or false, not 'maybe'");
  }

  @Test
  void whatMakesNoSenseIsAnErrorThatNamesTheKey() {
    assertFails(() -> settings(Map.of()), "storage.s3.region is required");
    assertFails(
        () -> settings(Map.of("region", "x", "accesskey", "a")),
        "storage.s3.secretkey is required, because");
    assertFails(
        () -> settings(Map.of("regionendpoint", "http://user@host")),
        "storage.s3.regionendpoint must be the URL of a server");
    assertFails(
        () -> settings(Map.of("region", "x", "chunksize", "1MiB")),
        "storage.s3.chunksize must be a size of at least 5242880 bytes");
    assertFails(() -> S3Settings.of(DriverParameters.none("s3")), "storage.s3.bucket is required");
  }

  @Test
  void secretsDoNotShowInText() {
    S3Settings settings =
        settings(
            Map.of(
                "region",
                "x",
                "accesskey",
                "a",
                "secretkey",
                "hunter2",
                "sessiontoken",
                "hunter3"));
    assertThat(settings.toString()).doesNotContain("hunter2", "hunter3");
  }

  @Test
  void onlyWhatIsNoSecretMayBeShown() {
    assertThat(StorageDrivers.shownParameters("s3"))
        .contains("bucket", "region", "keyid", "secure", "timeout")
        .doesNotContain("accesskey", "secretkey", "sessiontoken");
  }

  private static S3Settings settings(Map<String, String> others) {
    Map<String, String> all = new HashMap<>(others);
    all.putIfAbsent("bucket", "images");
    return S3Settings.of(DriverParameters.of("s3", all));
  }

  private static void assertFails(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOf(DriverParameterException.class)
        .hasMessageStartingWith(message);
  }
}
