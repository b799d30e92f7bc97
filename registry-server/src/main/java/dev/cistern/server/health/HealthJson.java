package dev.cistern.server.health;

import dev.cistern.server.health.HealthHandler.Audience;
import dev.cistern.server.health.HealthReport.Problem;
import java.io.StringWriter;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes a report as JSON. */
record HealthJson(HealthReport report, String driver, Audience audience) {

  private static final JsonFactory FACTORY = new JsonFactory();

  /** The answer of {@code /readyz}. */
  String readiness() {
    return object(
        json -> {
          json.writeStringProperty("status", report.isReady() ? "ready" : "not ready");
          json.writeStringProperty("storage", report.storage().kind().words());
          json.writeStringProperty("index", report.index().words());
          json.writeBooleanProperty("stopping", report.stopping());
          json.writeName("upstreams");
          if (audience == Audience.OPERATORS) {
            writeUpstreams(json);
          } else {
            countUpstreams(json);
          }
          json.writeName("problems");
          json.writeStartArray();
          report.problems(driver).forEach(problem -> json.writeString(text(problem)));
          json.writeEndArray();
        });
  }

  private void countUpstreams(JsonGenerator json) {
    long failing = report.upstreams().values().stream().filter(error -> !error.isEmpty()).count();
    json.writeStartObject();
    json.writeNumberProperty("up", report.upstreams().size() - failing);
    json.writeNumberProperty("failing", failing);
    json.writeEndObject();
  }

  private void writeUpstreams(JsonGenerator json) {
    json.writeStartArray();
    report
        .upstreams()
        .forEach(
            (name, error) -> {
              json.writeStartObject();
              json.writeStringProperty("name", name);
              json.writeStringProperty("state", error.isEmpty() ? "up" : "failing");
              if (!error.isEmpty()) {
                json.writeStringProperty("error", error);
              }
              json.writeEndObject();
            });
    json.writeEndArray();
  }

  /** The answer of {@code /debug/health}: an error for each check that failed. */
  String checks() {
    return object(
        json ->
            report
                .problems(driver)
                .forEach(problem -> json.writeStringProperty(problem.check(), text(problem))));
  }

  private String text(Problem problem) {
    return audience == Audience.OPERATORS ? problem.details() : problem.summary();
  }

  private static String object(Consumer<JsonGenerator> members) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      members.accept(json);
      json.writeEndObject();
    }
    return text.toString();
  }
}
