package dev.cistern.storage.s3;

import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;

/**
 * The parameters of the driver, checked.
 *
 * @param endpoint the server; empty for Amazon's
 * @param amazon which servers of Amazon's, if there is no other endpoint
 * @param credentials empty: those of the environment, of a profile, of a service account or of the
 *     machine
 * @param root what the names of all objects begin with: empty, or with a slash at its end
 * @param chunkSize how many bytes to upload at once; larger objects are uploaded in parts
 * @param timeout how long a request may take, without the bytes of a body
 */
record S3Settings(
    String bucket,
    String region,
    Optional<URI> endpoint,
    Amazon amazon,
    Addressing addressing,
    Certificates certificates,
    Optional<Credentials> credentials,
    String root,
    Encryption encryption,
    Optional<String> storageClass,
    long chunkSize,
    Duration timeout,
    Optional<String> userAgent) {

  static final long SMALLEST_CHUNK = 5 << 20;
  static final long DEFAULT_CHUNK = 10 << 20;
  static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  /** The servers of Amazon's. */
  enum Amazon {
    STANDARD,
    /** Those with cryptography according to the standard FIPS 140. */
    FIPS
  }

  /** Where the name of the bucket is. */
  enum Addressing {
    IN_PATH,
    IN_HOST
  }

  /** Whether the server's certificate is checked. */
  enum Certificates {
    VERIFIED,
    ANY
  }

  /** A key pair, with a token if it is temporary. */
  record Credentials(String accessKey, String secretKey, Optional<String> sessionToken) {

    /** Without the secrets. */
    @Override
    public String toString() {
      return "Credentials[" + accessKey + "]";
    }
  }

  /**
   * How the server encrypts objects.
   *
   * @param keyId with this key; empty: with the server's own
   */
  record Encryption(boolean enabled, Optional<String> keyId) {}

  static S3Settings of(DriverParameters parameters) {
    Optional<URI> endpoint = endpoint(parameters);
    return new S3Settings(
        parameters.requiredText("bucket"),
        region(parameters, endpoint),
        endpoint,
        parameters.flag("usefipsendpoint").orElse(false) ? Amazon.FIPS : Amazon.STANDARD,
        parameters.flag("forcepathstyle").orElse(endpoint.isPresent())
            ? Addressing.IN_PATH
            : Addressing.IN_HOST,
        parameters.flag("skipverify").orElse(false) ? Certificates.ANY : Certificates.VERIFIED,
        credentials(parameters),
        root(parameters.text("rootdirectory").orElse("")),
        new Encryption(
            parameters.flag("encrypt").orElse(false),
            parameters.text("keyid").filter(S3Settings::isSet)),
        parameters.text("storageclass").filter(name -> isSet(name) && !name.equals("NONE")),
        parameters.size("chunksize", SMALLEST_CHUNK).orElse(DEFAULT_CHUNK),
        parameters.duration("timeout").orElse(DEFAULT_TIMEOUT),
        parameters.text("useragent").filter(S3Settings::isSet));
  }

  private static boolean isSet(String value) {
    return !value.isBlank();
  }

  private static String region(DriverParameters parameters, Optional<URI> endpoint) {
    Optional<String> region = parameters.text("region").filter(S3Settings::isSet);
    // Other servers than Amazon's accept any region, and most of them call it this.
    return endpoint.isPresent()
        ? region.orElse("us-east-1")
        : region.orElseGet(() -> parameters.requiredText("region"));
  }

  private static Optional<URI> endpoint(DriverParameters parameters) {
    boolean secure = parameters.flag("secure").orElse(true);
    Optional<String> text = parameters.text("regionendpoint").filter(S3Settings::isSet);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    String given = text.get().strip();
    String url = given.contains("://") ? given : (secure ? "https://" : "http://") + given;
    try {
      URI uri = new URI(url);
      if (uri.getHost() != null
          && uri.getUserInfo() == null
          && (url.startsWith("http://") || url.startsWith("https://"))) {
        return Optional.of(uri);
      }
    } catch (URISyntaxException e) {
      // The exception below covers both errors.
    }
    throw new DriverParameterException(
        S3DriverFactory.NAME,
        "regionendpoint",
        "must be the URL of a server, such as https://s3.example.com:9000");
  }

  private static Optional<Credentials> credentials(DriverParameters parameters) {
    Optional<String> access = parameters.text("accesskey").filter(S3Settings::isSet);
    Optional<String> secret = parameters.text("secretkey").filter(S3Settings::isSet);
    if (access.isPresent() != secret.isPresent()) {
      throw new DriverParameterException(
          S3DriverFactory.NAME,
          access.isPresent() ? "secretkey" : "accesskey",
          "is required, because the other one of accesskey and secretkey is set");
    }
    return access.map(
        key ->
            new Credentials(
                key,
                secret.orElseThrow(),
                parameters.text("sessiontoken").filter(S3Settings::isSet)));
  }

  private static String root(String directory) {
    String root = directory.strip();
    while (root.startsWith("/")) {
      root = root.substring(1);
    }
    while (root.endsWith("/")) {
      root = root.substring(0, root.length() - 1);
    }
    return root.isEmpty() ? "" : root + "/";
  }
}
