package dev.cistern.server.tracing;

import dev.cistern.server.config.UnusableConfigException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the environment says about tracing. The variables are those of OpenTelemetry, whose SDK
 * reads all but a few itself. This class needs no class of OpenTelemetry.
 *
 * @param properties the variables, by the names of the SDK's properties: {@code
 *     otel.traces.exporter}
 */
public record TracingSettings(Map<String, String> properties) {

  private static final Pattern PROPERTY = Pattern.compile("\\botel(\\.[a-z_]+)+");
  private static final String PREFIX = "OTEL_";
  private static final String DISABLED = "OTEL_SDK_DISABLED";
  private static final String EXPORTER = "OTEL_TRACES_EXPORTER";

  /** The variables that turn tracing on. */
  private static final List<String> SWITCHES =
      List.of(EXPORTER, "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");

  /**
   * Where the SDK's defaults differ. The server has metrics and logs of its own. Baggage of clients
   * is not used, so it is not read.
   */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "otel.traces.exporter", "otlp",
          "otel.metrics.exporter", "none",
          "otel.logs.exporter", "none",
          "otel.exporter.otlp.protocol", "http/protobuf",
          "otel.propagators", "tracecontext");

  public TracingSettings {
    properties = Map.copyOf(properties);
  }

  /**
   * Reads the variables.
   *
   * @return empty unless they ask for tracing
   * @throws UnusableConfigException if {@code OTEL_SDK_DISABLED} is neither true nor false
   */
  public static Optional<TracingSettings> of(Map<String, String> environment)
      throws UnusableConfigException {
    Map<String, String> properties = new HashMap<>(DEFAULTS);
    environment.forEach(
        (name, value) -> {
          // An empty variable is the same as none, by OpenTelemetry's specification.
          if (name.startsWith(PREFIX) && !value.isBlank()) {
            properties.put(property(name), value.strip());
          }
        });
    return isAskedFor(environment)
        ? Optional.of(new TracingSettings(properties))
        : Optional.empty();
  }

  private static boolean isAskedFor(Map<String, String> environment)
      throws UnusableConfigException {
    return SWITCHES.stream().anyMatch(name -> !value(environment, name).isEmpty())
        && !value(environment, EXPORTER).equals("none")
        && !isDisabled(value(environment, DISABLED));
  }

  private static boolean isDisabled(String value) throws UnusableConfigException {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "", "false" -> false;
      default -> throw new UnusableConfigException(DISABLED + " must be true or false");
    };
  }

  private static String value(Map<String, String> environment, String name) {
    return environment.getOrDefault(name, "").strip();
  }

  /** The name of the SDK's property for a variable. */
  private static String property(String variable) {
    return variable.toLowerCase(Locale.ROOT).replace('_', '.');
  }

  /** A text of the SDK with the names of variables instead of those of its properties. */
  static String withVariables(String text) {
    return PROPERTY
        .matcher(text)
        .replaceAll(name -> name.group().toUpperCase(Locale.ROOT).replace('.', '_'));
  }
}
