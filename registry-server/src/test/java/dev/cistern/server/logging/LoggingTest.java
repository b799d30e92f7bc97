package dev.cistern.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.LogConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {

  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Logger logger = LoggerFactory.getLogger("dev.cistern.test");

  @AfterEach
  void leaveNothingBehind() {
    Logging.configure(LogConfig.DEFAULT, OutputStream.nullOutputStream());
  }

  private void configure(
      LogConfig.Level level, LogConfig.Format format, Map<String, String> fields) {
    Logging.configure(new LogConfig(level, format, fields, LogConfig.AccessLog.ENABLED), out);
  }

  private List<String> lines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void textIsOneLineAnEventWithTimeLevelAndMessage() {
    Logging.configure(LogConfig.DEFAULT, out);

    logger.info("listening on {}", ":5000");
    logger.error("grüße");

    assertThat(lines().get(0)).matches(TIME + "INFO  listening on :5000");
    assertThat(lines().get(1)).matches(TIME + "ERROR grüße");
  }

  @Test
  void textEndsWithTheEventsPairsAndTheConfiguredFields() {
    Map<String, String> fields = new TreeMap<>(Map.of("rack", "", "site", "east \"1\""));
    configure(LogConfig.Level.INFO, LogConfig.Format.TEXT, fields);

    logger.atInfo().addKeyValue("status", 200).log("done");

    assertThat(lines())
        .singleElement()
        .asString()
        .endsWith("INFO  done status=200 rack=\"\" site=\"east \\\"1\\\"\"");
  }

  @Test
  void textKeepsWhatAClientSentInItsLine() {
    Logging.configure(LogConfig.DEFAULT, out);

    logger.info("name {}", "a\nb\r\u001b[31m\u2028c");

    assertThat(lines()).singleElement().asString().endsWith("name a\\nb\\u000d\\u001b[31m\\u2028c");
  }

  @Test
  void textShowsAStackTraceIndentedBelow() {
    Logging.configure(LogConfig.DEFAULT, out);

    logger.warn("failed", new IOException("disk full", new IllegalStateException("why")));

    assertThat(lines().get(0)).endsWith("WARN  failed");
    assertThat(lines().get(1)).isEqualTo("    java.io.IOException: disk full");
    assertThat(lines()).contains("    Caused by: java.lang.IllegalStateException: why");
    assertThat(lines().subList(1, lines().size()))
        .allSatisfy(line -> assertThat(line).startsWith("    "));
  }

  @Test
  void jsonIsOneObjectALine() {
    configure(
        LogConfig.Level.INFO, LogConfig.Format.JSON, Map.of("site", "lab", "msg", "not mine"));

    logger.atWarn().addKeyValue("status", 200).log("a \"b\"\nc");

    assertThat(lines())
        .singleElement()
        .asString()
        .matches(
            "\\{\"time\":\"[^\"]+Z\",\"level\":\"warn\",\"msg\":\"a \\\\\"b\\\\\"\\\\nc\","
                + "\"logger\":\"dev.cistern.test\",\"status\":200,\"site\":\"lab\"}");
  }

  /** An event of two parts. */
  private record Pour(String drink, long glasses) implements LogFields {

    @Override
    public String text() {
      return "poured " + glasses + " of " + drink;
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("drink", drink);
      fields.put("glasses", glasses);
      fields.put("litres", glasses / 4.0);
      fields.put("level", "not mine");
      return fields;
    }
  }

  @Test
  void eventOfSeveralPartsIsALineForPeopleAndMembersForMachines() {
    Logging.configure(LogConfig.DEFAULT, out);
    logger.info("poured", new Pour("tea\u001b", 3));
    configure(LogConfig.Level.INFO, LogConfig.Format.JSON, Map.of("site", "lab"));
    logger.info("poured", new Pour("tea", 3));

    assertThat(lines().get(0)).endsWith(" INFO  poured 3 of tea\\u001b");
    assertThat(lines().get(1))
        .contains("\"level\":\"info\",\"msg\":\"poured\"")
        .endsWith(",\"drink\":\"tea\",\"glasses\":3,\"litres\":0.75,\"site\":\"lab\"}");
  }

  @Test
  void jsonIsAsciiWithoutControlCharacters() {
    configure(LogConfig.Level.INFO, LogConfig.Format.JSON, Map.of());

    logger.info("gr\u00fc\u00dfe\n\u001b\u007f\u0085\u2028\ud83d");

    assertThat(lines())
        .singleElement()
        .asString()
        .contains("gr\\u00FC\\u00DFe\\n\\u001B\\u007F\\u0085\\u2028\\uD83D");
  }

  @Test
  void valuesWithQuotesAndBackslashesCanBeReadBack() {
    Logging.configure(LogConfig.DEFAULT, out);

    logger.atInfo().addKeyValue("a", "x\\").addKeyValue("b", "say \"\\\"").log("done");

    assertThat(lines())
        .singleElement()
        .asString()
        .endsWith("done a=\"x\\\\\" b=\"say \\\"\\\\\\\"\"");
  }

  @Test
  void jsonKeepsAStackTraceInItsLine() {
    configure(LogConfig.Level.INFO, LogConfig.Format.JSON, Map.of());

    logger.error("failed", new IOException("disk full"));

    assertThat(lines())
        .singleElement()
        .asString()
        .contains("\"error\":\"java.io.IOException: disk full\\n\\tat ");
  }

  @Test
  void whatIsLessSevereThanTheLevelIsNotLogged() {
    configure(LogConfig.Level.WARN, LogConfig.Format.TEXT, Map.of());
    logger.info("no");
    logger.warn("yes");
    configure(LogConfig.Level.DEBUG, LogConfig.Format.TEXT, Map.of());
    logger.debug("yes");
    configure(LogConfig.Level.ERROR, LogConfig.Format.TEXT, Map.of());
    logger.warn("no");

    assertThat(lines()).hasSize(2).allSatisfy(line -> assertThat(line).endsWith("yes"));
  }

  @Test
  void chattyLibrariesAreHeardFromWarningsUnlessDebugging() {
    Logger library = LoggerFactory.getLogger("io.undertow.request");

    Logging.configure(LogConfig.DEFAULT, out);
    library.info("no");
    library.warn("yes");
    configure(LogConfig.Level.DEBUG, LogConfig.Format.TEXT, Map.of());
    library.debug("yes");

    assertThat(lines()).hasSize(2).allSatisfy(line -> assertThat(line).endsWith("yes"));
  }

  @Test
  void requestsAreLoggedWhateverTheLevelUnlessDisabled() {
    Logger access = LoggerFactory.getLogger(Logging.ACCESS);

    configure(LogConfig.Level.ERROR, LogConfig.Format.TEXT, Map.of());
    access.info("yes");
    Logging.flush();
    Logging.configure(
        new LogConfig(
            LogConfig.Level.DEBUG, LogConfig.Format.TEXT, Map.of(), LogConfig.AccessLog.DISABLED),
        out);
    access.error("no");

    assertThat(lines()).singleElement().asString().endsWith("yes");
    assertThat(access.isInfoEnabled()).isFalse();
  }

  @Test
  void aLogThatNobodyReadsHoldsUpNoRequestAndSaysWhatIsMissing() throws Exception {
    CountDownLatch reader = new CountDownLatch(1);
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch written = new CountDownLatch(4_098);
    OutputStream pipe =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new UnsupportedOperationException();
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            writing.countDown();
            try {
              reader.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            out.write(bytes, offset, length);
            written.countDown();
          }
        };
    Logging.configure(LogConfig.DEFAULT, pipe);
    Logger access = LoggerFactory.getLogger(Logging.ACCESS);
    access.info("first");
    writing.await();
    for (int i = 0; i < 5_000; i++) {
      access.info("more");
    }
    reader.countDown();

    // Not by a flush, which waits for a second at most.
    assertThat(written.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(lines()).hasSize(4_098).filteredOn(line -> line.endsWith("more")).hasSize(4_096);
    assertThat(lines())
        .filteredOn(line -> line.contains("WARN "))
        .singleElement()
        .asString()
        .contains(" 904 requests were not logged");
  }

  @Test
  void theStreamStaysOpenWhenLoggingIsConfiguredAgain() {
    boolean[] closed = new boolean[1];
    OutputStream stream =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            closed[0] = true;
          }
        };

    Logging.configure(LogConfig.DEFAULT, stream);
    Logging.configure(LogConfig.DEFAULT, out);

    assertThat(closed[0]).isFalse();
  }
}
