package dev.cistern.storage.s3;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.client.config.SdkAdvancedClientOption;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * Makes the client. A request is tried three times, as long as the client's budget of retries
 * lasts, which is spent by failures and earned by successes: a server that fails is not asked three
 * times as often.
 */
final class S3Clients {

  private static final Logger log = LoggerFactory.getLogger(S3Clients.class);

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final int CONNECTIONS = 64;

  private S3Clients() {}

  static S3Client client(S3Settings settings) {
    ClientOverrideConfiguration.Builder override =
        ClientOverrideConfiguration.builder()
            .retryStrategy(RetryMode.STANDARD)
            .apiCallTimeout(settings.timeout());
    settings
        .userAgent()
        .ifPresent(
            agent -> override.putAdvancedOption(SdkAdvancedClientOption.USER_AGENT_SUFFIX, agent));
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClient(http(settings))
            .credentialsProvider(credentials(settings))
            .region(Region.of(settings.region()))
            .forcePathStyle(settings.addressing() == S3Settings.Addressing.IN_PATH)
            .overrideConfiguration(override.build())
            // Other servers than Amazon's know neither the newer checksums nor signed chunks.
            // Content is hashed by the cache anyway.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .serviceConfiguration(service -> service.chunkedEncodingEnabled(false))
            // For deleting many objects, which requires a checksum: every server takes MD5.
            .addPlugin(LegacyMd5Plugin.create());
    settings
        .endpoint()
        .ifPresentOrElse(builder::endpointOverride, () -> builder.fipsEnabled(isFips(settings)));
    return builder.build();
  }

  private static boolean isFips(S3Settings settings) {
    return settings.amazon() == S3Settings.Amazon.FIPS;
  }

  /** Signs URLs for clients of the cache, with the same credentials. */
  static S3Presigner presigner(S3Settings settings) {
    S3Presigner.Builder builder =
        S3Presigner.builder()
            .credentialsProvider(credentials(settings))
            .region(Region.of(settings.region()))
            .serviceConfiguration(
                S3Configuration.builder()
                    .pathStyleAccessEnabled(settings.addressing() == S3Settings.Addressing.IN_PATH)
                    .build());
    settings
        .endpoint()
        .ifPresentOrElse(builder::endpointOverride, () -> builder.fipsEnabled(isFips(settings)));
    return builder.build();
  }

  private static SdkHttpClient http(S3Settings settings) {
    Apache5HttpClient.Builder builder =
        Apache5HttpClient.builder()
            .maxConnections(CONNECTIONS)
            .connectionTimeout(CONNECT)
            .connectionAcquisitionTimeout(settings.timeout())
            .socketTimeout(settings.timeout());
    if (settings.certificates() == S3Settings.Certificates.VERIFIED) {
      return builder.build();
    }
    log.warn("storage.s3.skipverify is set: anyone on the network can pretend to be the server");
    return builder.buildWithDefaults(
        AttributeMap.builder()
            .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true)
            .build());
  }

  private static AwsCredentialsProvider credentials(S3Settings settings) {
    return settings
        .credentials()
        .<AwsCredentialsProvider>map(
            keys ->
                StaticCredentialsProvider.create(
                    keys.sessionToken().isPresent()
                        ? AwsSessionCredentials.create(
                            keys.accessKey(), keys.secretKey(), keys.sessionToken().get())
                        : AwsBasicCredentials.create(keys.accessKey(), keys.secretKey())))
        .orElseGet(() -> DefaultCredentialsProvider.builder().build());
  }
}
