package dev.cistern.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.server.config.UnusableConfigException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TracingSettingsTest {

  private static Optional<TracingSettings> of(Map<String, String> environment) throws Exception {
    return TracingSettings.of(environment);
  }

  @ParameterizedTest
  @CsvSource({
    "OTEL_TRACES_EXPORTER, otlp",
    "OTEL_EXPORTER_OTLP_ENDPOINT, http://collector:4318",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, http://collector:4318/v1/traces"
  })
  void eachOfThreeVariablesTurnsTracingOn(String name, String value) throws Exception {
    TracingSettings settings = of(Map.of(name, value)).orElseThrow();

    assertThat(settings.properties())
        .containsEntry("otel.traces.exporter", "otlp")
        .containsEntry("otel.metrics.exporter", "none")
        .containsEntry("otel.logs.exporter", "none")
        .containsEntry("otel.exporter.otlp.protocol", "http/protobuf")
        .containsEntry("otel.propagators", "tracecontext");
  }

  @Test
  void otherVariablesDoNot() throws Exception {
    assertThat(of(Map.of())).isEmpty();
    assertThat(of(Map.of("OTEL_SERVICE_NAME", "cache", "OTEL_METRICS_EXPORTER", "otlp"))).isEmpty();
    assertThat(of(Map.of("OTEL_TRACES_EXPORTER", ""))).isEmpty();
    assertThat(
            of(Map.of("OTEL_TRACES_EXPORTER", "none", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://c")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "TRUE", " true "})
  void theSdkCanBeDisabled(String value) throws Exception {
    assertThat(of(Map.of("OTEL_TRACES_EXPORTER", "otlp", "OTEL_SDK_DISABLED", value))).isEmpty();
  }

  @Test
  void disabledIsTrueOrFalse() {
    assertThatThrownBy(() -> of(Map.of("OTEL_TRACES_EXPORTER", "otlp", "OTEL_SDK_DISABLED", "yes")))
        .isInstanceOf(UnusableConfigException.class)
        .hasMessage("OTEL_SDK_DISABLED must be true or false");
  }

  @Test
  void variablesReplaceTheDefaults() throws Exception {
    assertThat(
            of(Map.of("OTEL_TRACES_EXPORTER", "otlp", "OTEL_METRICS_EXPORTER", "otlp", "PATH", "/"))
                .orElseThrow()
                .properties())
        .containsEntry("otel.metrics.exporter", "otlp")
        .doesNotContainKey("path");
  }

  @ParameterizedTest
  @CsvSource({
    "OTEL_TRACES_EXPORTER, nonesuch",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, no address",
    "OTEL_EXPORTER_OTLP_PROTOCOL, carrier-pigeon",
    "OTEL_TRACES_SAMPLER, sometimes",
    "OTEL_BSP_MAX_QUEUE_SIZE, many",
    "OTEL_PROPAGATORS, rumour"
  })
  void aWrongValueIsToldByItsVariable(String name, String value) throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9");
    environment.put(name, value);
    TracingSettings settings = of(environment).orElseThrow();

    assertThatThrownBy(() -> Tracing.start(settings, "1.2.3").close())
        .isInstanceOf(UnusableConfigException.class)
        .hasMessageStartingWith("The variables OTEL_* do not configure tracing: ")
        .hasMessageContaining(value)
        .hasMessageEndingWith("or set OTEL_SDK_DISABLED=true to start without tracing");
  }

  @Test
  void messagesNameVariables() {
    assertThat(TracingSettings.withVariables("Unrecognized value for otel.traces.exporter: x"))
        .isEqualTo("Unrecognized value for OTEL_TRACES_EXPORTER: x");
  }
}
