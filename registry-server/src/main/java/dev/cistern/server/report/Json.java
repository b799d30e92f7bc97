package dev.cistern.server.report;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.Failure;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes results as JSON objects. Sizes are in bytes, times in ISO 8601. */
public final class Json {

  private static final JsonFactory FACTORY = new JsonFactory();

  private final JsonGenerator generator;

  private Json(JsonGenerator generator) {
    this.generator = generator;
  }

  /** Prints one object on one line. */
  public static void print(PrintStream out, Consumer<Json> members) {
    out.println(text(members));
  }

  /** One object. */
  public static String text(Consumer<Json> members) {
    StringWriter text = new StringWriter();
    write(text, members);
    return text.toString();
  }

  /** One object in UTF-8. */
  public static byte[] bytes(Consumer<Json> members) {
    return text(members).getBytes(StandardCharsets.UTF_8);
  }

  private static void write(StringWriter text, Consumer<Json> members) {
    try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
      generator.writeStartObject();
      members.accept(new Json(generator));
      generator.writeEndObject();
    }
  }

  /** A text member: the {@code toString} of the value. */
  public Json put(String name, Object text) {
    generator.writeStringProperty(name, text.toString());
    return this;
  }

  public Json put(String name, long number) {
    generator.writeNumberProperty(name, number);
    return this;
  }

  /** A number, or null if there is none. */
  public Json put(String name, OptionalLong number) {
    if (number.isPresent()) {
      return put(name, number.getAsLong());
    }
    generator.writeNullProperty(name);
    return this;
  }

  /** A text, or null if there is none. */
  public Json put(String name, Optional<?> text) {
    if (text.isPresent()) {
      return put(name, text.get());
    }
    generator.writeNullProperty(name);
    return this;
  }

  public Json is(String name, boolean fact) {
    generator.writeBooleanProperty(name, fact);
    return this;
  }

  public Json object(String name, Consumer<Json> members) {
    generator.writeObjectPropertyStart(name);
    members.accept(this);
    generator.writeEndObject();
    return this;
  }

  /** A member that is an object in JSON already, or null. */
  public Json raw(String name, Optional<String> json) {
    if (json.isPresent()) {
      generator.writeName(name);
      generator.writeRawValue(json.get());
    } else {
      generator.writeNullProperty(name);
    }
    return this;
  }

  /** A member that is a list of objects. */
  public <T> Json objects(String name, Collection<T> values, ObjectWriter<T> writer) {
    generator.writeArrayPropertyStart(name);
    for (T value : values) {
      generator.writeStartObject();
      writer.write(this, value);
      generator.writeEndObject();
    }
    generator.writeEndArray();
    return this;
  }

  /** Writes the members of an object. */
  @FunctionalInterface
  public interface ObjectWriter<T> {
    void write(Json json, T value);
  }

  public Json strings(String name, List<String> values) {
    generator.writeArrayPropertyStart(name);
    values.forEach(generator::writeString);
    generator.writeEndArray();
    return this;
  }

  public Json repositories(List<RepositoryName> repositories) {
    return strings("repositories", repositories.stream().map(RepositoryName::value).toList());
  }

  public Json usage(String name, DiskUsage usage) {
    return object(
        name,
        json ->
            json.put("contents", usage.contents())
                .put("contentBytes", usage.bytes())
                .put("usedBytes", usage.used()));
  }

  public Json failures(List<Failure> failures) {
    return objects(
        "failures",
        failures,
        (json, failure) ->
            json.put("subject", failure.subject()).put("message", failure.message()));
  }
}
