package dev.cistern.storage.s3;

import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDriverFactory;
import java.io.IOException;
import java.util.Set;

/**
 * Makes the driver for {@code storage: {s3: {bucket: images, region: eu-central-1}}}. It has the
 * parameters of Distribution's driver:
 *
 * <ul>
 *   <li>{@code bucket}, required. It must exist.
 *   <li>{@code region}, required without {@code regionendpoint}.
 *   <li>{@code regionendpoint}: the URL of a server other than Amazon's; without a scheme {@code
 *       secure} decides between https and http.
 *   <li>{@code accesskey}, {@code secretkey}, {@code sessiontoken}. Without them the credentials
 *       come from the environment, a profile, a web identity or the machine.
 *   <li>{@code usefipsendpoint}: whether to use Amazon's FIPS servers; without effect with {@code
 *       regionendpoint}.
 *   <li>{@code rootdirectory}: what the names of all objects begin with.
 *   <li>{@code forcepathstyle}: whether the bucket is in the path of URLs and not in their host;
 *       true by default with {@code regionendpoint}.
 *   <li>{@code secure}, {@code skipverify}: true, false.
 *   <li>{@code encrypt}, {@code keyid}: whether the server encrypts objects, and with which key.
 *   <li>{@code storageclass}.
 *   <li>{@code chunksize}: larger objects are uploaded in parts of this size; 10MiB by default, at
 *       least 5MiB.
 *   <li>{@code useragent}: added to the client's.
 *   <li>{@code timeout}, which only this driver has: how long a request may take; 10s by default.
 * </ul>
 *
 * <p>Accepted without effect: {@code accelerate}, {@code loglevel}, {@code multipartcopychunksize},
 * {@code multipartcopymaxconcurrency}, {@code multipartcopythresholdsize}, {@code objectacl},
 * {@code usedualstack}, {@code v4auth}. Nothing is copied inside of the bucket.
 */
public final class S3DriverFactory implements StorageDriverFactory {

  static final String NAME = "s3";

  /** For the service loader. */
  public S3DriverFactory() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Set<String> parameters() {
    return Set.of(
        "accelerate",
        "accesskey",
        "bucket",
        "chunksize",
        "encrypt",
        "forcepathstyle",
        "keyid",
        "loglevel",
        "multipartcopychunksize",
        "multipartcopymaxconcurrency",
        "multipartcopythresholdsize",
        "objectacl",
        "region",
        "regionendpoint",
        "rootdirectory",
        "secretkey",
        "secure",
        "sessiontoken",
        "skipverify",
        "storageclass",
        "timeout",
        "usedualstack",
        "usefipsendpoint",
        "useragent",
        "v4auth");
  }

  @Override
  public Set<String> secretParameters() {
    return Set.of("accesskey", "secretkey", "sessiontoken");
  }

  @Override
  public void check(DriverParameters parameters) {
    S3Settings unused = S3Settings.of(parameters);
  }

  @Override
  public StorageDriver create(DriverParameters parameters) throws IOException {
    return S3Driver.open(S3Settings.of(parameters));
  }

  @Override
  public StorageDriver openExisting(DriverParameters parameters) throws IOException {
    return S3Driver.openExisting(S3Settings.of(parameters));
  }
}
