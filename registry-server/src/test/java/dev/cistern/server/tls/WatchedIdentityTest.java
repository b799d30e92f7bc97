package dev.cistern.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class WatchedIdentityTest {

  private static final HeldCertificate FIRST = named("first");
  private static final HeldCertificate SECOND = named("second");

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final InstantSource clock = now::get;
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(WatchedIdentity.class);
  private final Path directory;
  private final PemFiles files;

  WatchedIdentityTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    files = PemFiles.in(directory).write(FIRST);
  }

  @BeforeEach
  void attachAppender() {
    logged.start();
    logger.addAppender(logged);
    // Whatever level an earlier test has left to all loggers.
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void detachAppender() {
    logger.detachAppender(logged);
    logger.setLevel(null);
  }

  @Test
  void newConnectionsGetTheRenewedCertificate() throws Exception {
    SSLContext context = TlsContext.of(files.config(), clock);
    assertThat(shown(context, FIRST)).containsExactly(FIRST.certificate());

    files.write(SECOND);
    pass(WatchedIdentity.INTERVAL);

    assertThat(shown(context, SECOND)).containsExactly(SECOND.certificate());
  }

  @Test
  void theKindOfKeyMayChange() throws Exception {
    SSLContext context = TlsContext.of(files.config(), clock);
    HeldCertificate rsa = new HeldCertificate.Builder().rsa2048().build();

    files.write(rsa);
    pass(WatchedIdentity.INTERVAL);

    assertThat(shown(context, rsa)).containsExactly(rsa.certificate());
  }

  @Test
  void linksThatComeToPointElsewhereAreFollowed() throws IOException {
    PemFiles archived = files;
    Path live = Files.createDirectory(directory.resolve("live"));
    PemFiles links = PemFiles.in(live);
    Files.createSymbolicLink(links.certificate(), archived.certificate());
    Files.createSymbolicLink(links.key(), archived.key());
    WatchedIdentity renewal = WatchedIdentity.start(links.identityFiles(), clock);
    PemFiles renewed = PemFiles.in(Files.createDirectory(directory.resolve("2"))).write(SECOND);

    replaceLink(links.certificate(), renewed.certificate());
    pass(WatchedIdentity.INTERVAL);
    assertServes(renewal, FIRST); // the certificate alone was renewed so far
    replaceLink(links.key(), renewed.key());
    pass(WatchedIdentity.INTERVAL);

    assertServes(renewal, SECOND);
  }

  @Test
  void filesAreNotLookedAtAgainWithinTheInterval() throws IOException {
    WatchedIdentity renewal = start();
    files.write(SECOND);

    pass(WatchedIdentity.INTERVAL.minusMillis(1));
    assertServes(renewal, FIRST);
    pass(Duration.ofMillis(1));
    assertServes(renewal, SECOND);
  }

  @Test
  void aClockThatIsSetBackDoesNotStopTheLooking() throws IOException {
    WatchedIdentity renewal = start();
    files.write(SECOND);

    pass(Duration.ofDays(-1));

    assertServes(renewal, SECOND);
  }

  @Test
  void aBadPairLeavesTheEarlierOneAndIsLoggedOnce() throws IOException {
    WatchedIdentity renewal = start();
    files.write(SECOND.certificatePem(), FIRST.privateKeyPkcs8Pem());

    for (int i = 0; i < 3; i++) {
      pass(WatchedIdentity.INTERVAL);
      assertServes(renewal, FIRST);
    }

    assertThat(warnings())
        .singleElement()
        .asString()
        .startsWith("http.tls.key: " + files.key() + " is not the key of the certificate in ")
        .contains("Still using the certificate CN=first ");
  }

  @Test
  void aComplaintThatStandsIsRepeatedNowAndThen() throws IOException {
    WatchedIdentity renewal = start();
    Files.delete(files.key());

    pass(WatchedIdentity.INTERVAL);
    assertServes(renewal, FIRST);
    pass(WatchedIdentity.REMINDER.minusMillis(1));
    assertServes(renewal, FIRST);
    assertThat(warnings()).hasSize(1);
    pass(WatchedIdentity.INTERVAL);
    assertServes(renewal, FIRST);

    assertThat(warnings()).hasSize(2).allMatch(warning -> warning.contains("does not exist"));
  }

  @Test
  void aBadPairThatIsMadeGoodIsTaken() throws IOException {
    WatchedIdentity renewal = start();
    files.write("", "");
    pass(WatchedIdentity.INTERVAL);
    assertServes(renewal, FIRST);

    files.write(SECOND);
    pass(WatchedIdentity.INTERVAL);

    assertServes(renewal, SECOND);
    assertThat(logged.list.get(logged.list.size() - 1).getFormattedMessage())
        .contains("has changed; using the new certificate CN=second ");
  }

  @Test
  void aHandshakeThatBeganWithTheEarlierIdentityEndsWithIt() throws IOException {
    WatchedIdentity renewal = start();
    IdentityKeyManager keys = new IdentityKeyManager(renewal);
    String alias = Objects.requireNonNull(keys.chooseServerAlias("EC", null, null));
    files.write(SECOND);
    pass(WatchedIdentity.INTERVAL);
    assertServes(renewal, SECOND);

    assertThat(keys.getPrivateKey(alias)).isEqualTo(FIRST.keyPair().getPrivate());
    assertThat(keys.getCertificateChain(alias)).containsExactly(FIRST.certificate());
    assertThat(keys.chooseServerAlias("RSA", null, null)).isNull();
    assertThat(keys.getPrivateKey("unknown")).isNull();
    assertThat(keys.getCertificateChain("unknown")).isNull();
  }

  @Test
  void renewalUnderLoadNeverMixesTwoPairs() throws Exception {
    WatchedIdentity renewal = start();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> loads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        loads.add(threads.submit(() -> assertWhole(renewal)));
      }
      for (int i = 0; i < 20; i++) {
        files.write(i % 2 == 0 ? SECOND : FIRST);
        pass(WatchedIdentity.INTERVAL);
        renewal.current();
      }
      for (Future<?> load : loads) {
        load.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void anExpiredCertificateIsServedWithAWarning() throws IOException {
    HeldCertificate expired =
        new HeldCertificate.Builder()
            .commonName("old")
            .validityInterval(0, Duration.ofDays(1).toMillis())
            .build();
    files.write(expired);

    assertServes(start(), expired);

    assertThat(warnings())
        .singleElement()
        .asString()
        .contains(files.certificate().toString())
        .contains("CN=old")
        .contains("1970-01-02T00:00:00Z")
        .contains("contains an expired certificate");
  }

  @Test
  void nothingThatIsHeldShowsItsSecret() throws IOException {
    IdentityText text = files.identityFiles().read();

    assertThat(text.toString()).isEqualTo("IdentityText[***]");
    assertThat(files.identityFiles().identity(text).toString()).startsWith("certificate CN=first");
  }

  private static void assertWhole(WatchedIdentity renewal) {
    for (int i = 0; i < 200; i++) {
      ServerIdentity identity = renewal.current();
      boolean whole = KeyKind.belong(identity.key(), identity.chain().get(0).getPublicKey());
      assertThat(whole).isTrue();
    }
  }

  private WatchedIdentity start() throws IOException {
    return WatchedIdentity.start(files.identityFiles(), clock);
  }

  private void pass(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
  }

  private static void replaceLink(Path link, Path target) throws IOException {
    Path aside = Files.createSymbolicLink(link.resolveSibling("aside"), target);
    Files.move(aside, link, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void assertServes(WatchedIdentity renewal, HeldCertificate expected) {
    assertThat(renewal.current().chain()).containsExactly(expected.certificate());
  }

  private static List<Certificate> shown(SSLContext context, HeldCertificate trusted)
      throws Exception {
    return Handshake.chain(context, trusted.certificate(), "TLSv1.3");
  }

  private List<String> warnings() {
    return logged.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static HeldCertificate named(String name) {
    return new HeldCertificate.Builder().commonName(name).build();
  }
}
