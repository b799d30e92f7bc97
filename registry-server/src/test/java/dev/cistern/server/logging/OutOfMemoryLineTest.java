package dev.cistern.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutOfMemoryLineTest {

  private static final Map<String, String> FIELDS = Map.of("site", "lab");

  private static String line(Encoder<ILoggingEvent> encoder, String time) {
    byte[] line =
        OutOfMemoryLine.of("No memory", "dev.cistern.x", encoder)
            .at(Instant.parse(time).toEpochMilli());
    return new String(line, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1970-01-01T00:00:00.000Z",
        "1999-12-31T23:59:59.999Z",
        "2000-02-29T12:34:56.789Z",
        "2026-11-27T23:05:09.007Z",
        "2027-01-01T00:00:00.100Z",
        "2100-03-01T01:02:03.040Z"
      })
  void aLineOfJsonHasTheMembersOfEachLine(String time) {
    assertThat(line(new JsonLineEncoder(FIELDS), time))
        .isEqualTo(
            "{\"time\":\""
                + time
                + "\",\"level\":\"error\",\"msg\":\"No memory\",\"logger\":\"dev.cistern.x\","
                + "\"site\":\"lab\"}\n");
  }

  @Test
  void eachDayOfFourHundredYearsIsItsDate() {
    OutOfMemoryLine line = OutOfMemoryLine.plain("No memory");
    Instant day = Instant.parse("1970-01-01T00:00:00.001Z");
    for (int i = 0; i < 146_097; i++) {
      assertThat(new String(line.at(day.toEpochMilli()), 0, 24, StandardCharsets.UTF_8))
          .isEqualTo(day.toString());
      day = day.plus(Duration.ofDays(1));
    }
  }

  @Test
  void aLineOfTextLooksAsTheOthers() {
    assertThat(line(new TextEncoder(FIELDS), "2026-11-27T23:05:09.007Z"))
        .isEqualTo("2026-11-27T23:05:09.007Z ERROR No memory site=lab\n");
  }

  @Test
  void aLineBeforeTheLogIsSetUpHasItsTimeToo() {
    byte[] line = OutOfMemoryLine.plain("No memory").at(1_000);
    assertThat(new String(line, StandardCharsets.UTF_8))
        .isEqualTo("1970-01-01T00:00:01.000Z ERROR No memory\n");
  }
}
