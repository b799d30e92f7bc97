package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static dev.cistern.server.config.Configurations.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Configurations of Distribution, 2.8 and 3: the stock ones start as they are, and each documented
 * key is used, or is answered with what to do instead.
 */
class DistributionKeysTest {

  /** What the images of Distribution 3 add to those of version 2. */
  private static final String VERSION_3 =
      """
      version: 0.1
      log:
        fields:
          service: registry
      storage:
        cache:
          blobdescriptor: inmemory
        filesystem:
          rootdirectory: /var/lib/registry
        tag:
          concurrencylimit: 8
      http:
        addr: :5000
        headers:
          X-Content-Type-Options: [nosniff]
      health:
        storagedriver:
          enabled: true
          interval: 10s
          threshold: 3
      """;

  /** As Debian's package has it, apart from its authentication. */
  private static final String DEBIAN =
      """
      version: 0.1
      log:
        fields:
          service: registry
      storage:
        cache:
          blobdescriptor: inmemory
        filesystem:
          rootdirectory: /var/lib/docker-registry
        delete:
          enabled: true
      http:
        addr: :5000
        headers:
          X-Content-Type-Options: [nosniff]
      auth:
        htpasswd:
          realm: basic-realm
          path: /etc/docker/registry
      health:
        storagedriver:
          enabled: true
          interval: 10s
          threshold: 3
      """;

  @ParameterizedTest
  @ValueSource(strings = {VERSION_3, DEBIAN})
  void aStockConfigurationStartsAsItIs(String yaml) {
    assertThat(problems(yaml)).isEmpty();
    assertThat(config(yaml).health())
        .isEqualTo(new HealthConfig(HealthConfig.Check.ENABLED, Duration.ofSeconds(10), 3));
    assertThat(config(yaml).http().addr().port()).isEqualTo(5000);
    assertThat(warnings(yaml)).allMatch(line -> line.contains(": has no effect: "));
  }

  @Test
  void theFileOfVersion2IsWarnedAboutOnce() {
    String version2 = VERSION_3.replace("  tag:\n    concurrencylimit: 8\n", "");

    assertThat(config(version2).storage().parameters())
        .containsEntry("rootdirectory", "/var/lib/registry");
    assertThat(warnings(version2))
        .containsExactly(
            "config.yml:6: storage.cache: has no effect: Cistern needs no cache of blob"
                + " descriptors");
  }

  /** Every key that the configuration page of Distribution 2.8 or 3.1 lists, but for auth. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "log: {accesslog: {disabled: true}}",
        "log: {level: debug}",
        "log: {formatter: text}",
        "log: {formatter: json}",
        "log: {formatter: logstash}",
        "log: {fields: {service: registry, environment: staging}}",
        "log: {hooks: [{type: mail, disabled: true, levels: [panic]}]}",
        "log: {reportcaller: true}",
        "loglevel: debug",
        "storage: {filesystem: {rootdirectory: /var/lib/registry, maxthreads: 100}}",
        "storage: {inmemory: }",
        "storage: {inmemory: , tag: {concurrencylimit: 8}}",
        "storage: {inmemory: , delete: {enabled: false}}",
        "storage: {inmemory: , redirect: {disable: false}}",
        "storage: {inmemory: , cache: {blobdescriptor: redis, blobdescriptorsize: 10000}}",
        "storage: {inmemory: , maintenance: {uploadpurging: {enabled: true, age: 168h}}}",
        "storage: {inmemory: , maintenance: {readonly: {enabled: false}}}",
        "middleware: {registry: [{name: A}], repository: [{name: B}], storage: [{name: redirect}]}",
        "reporting: {bugsnag: {apikey: a}, newrelic: {licensekey: a}}",
        "http: {addr: 'localhost:5000', net: tcp, prefix: /my/nested/registry/}",
        "http: {host: 'https://myregistryaddress.org:5000', secret: a, relativeurls: false}",
        "http: {draintimeout: 60s}",
        "http: {tls: {certificate: /a, key: /b, minimumtls: tls1.2}}",
        "http: {debug: {addr: 'localhost:5001', prometheus: {enabled: true, path: /metrics}}}",
        "http: {headers: {X-Content-Type-Options: [nosniff]}}",
        "http: {http2: {disabled: false}}",
        "http: {h2c: {enabled: false}}",
        "notifications: {events: {includereferences: true}, endpoints: [{name: a, url: b}]}",
        "redis: {addr: 'localhost:6379', password: a, db: 0, pool: {maxidle: 16}}",
        "redis: {addrs: ['localhost:6379'], password: a, tls: {certificate: /a}}",
        "health: {storagedriver: {enabled: true, interval: 10s, threshold: 3}}",
        "health: {file: [{file: /a, interval: 10s}]}",
        "health: {http: [{uri: 'http://a', headers: {A: [b]}, statuscode: 200}]}",
        "health: {tcp: [{addr: 'a:6379', timeout: 3s, interval: 10s, threshold: 3}]}",
        "proxy: {remoteurl: 'https://registry-1.docker.io', username: a, password: b, ttl: 168h}",
        "proxy: {remoteurl: 'https://registry-1.docker.io', exec: {command: a, lifetime: 1h}}",
        "compatibility: {schema1: {signingkeyfile: /a, enabled: true}}",
        "validation: {manifests: {urls: {allow: [a], deny: [b]}, indexes: {platforms: List}}}",
        "validation: {disabled: true}",
        "policy: {repository: {classes: [image]}}",
        "catalog: {maxentries: 1000}",
      })
  void aDocumentedKeyIsTakenOrWarnedAbout(String yaml) {
    assertThat(problems(yaml)).isEmpty();
    assertThat(warnings(yaml))
        .allSatisfy(line -> assertThat(line).containsAnyOf("has no effect: ", "old name"));
  }

  /** What the server must not ignore. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "storage: {s3: {bucket: a, region: b}}",
        "storage: {azure: {accountname: a}}",
        "storage: {gcs: {bucket: a}}",
        "storage: {swift: {username: a}}",
        "storage: {oss: {bucket: a}}",
        "http: {net: unix}",
        "http: {tls: {certificate: /a, key: /b, ciphersuites: [TLS_AES_128_GCM_SHA256]}}",
        "http: {tls: {letsencrypt: {cachefile: /a, email: b, hosts: [c]}}}",
        "proxy: {remotenamespace: a}",
      })
  void whatCannotBeHonouredIsAnErrorThatSaysWhatToDo(String yaml) {
    List<String> problems = problems(yaml);

    assertThat(problems).hasSize(1);
    assertThat(problems.get(0)).doesNotContain("unknown key");
    assertThat(problems.get(0).length()).isGreaterThan(60);
  }
}
