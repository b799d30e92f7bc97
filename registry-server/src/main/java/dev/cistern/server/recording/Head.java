package dev.cistern.server.recording;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The first line and the fields of a request or an answer. */
record Head(String line, Map<String, String> fields) {

  Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name));
  }

  /** Null at the end of the connection. */
  static @Nullable Head read(InputStream in) throws IOException {
    String line = line(in);
    if (line == null) {
      return null;
    }
    Map<String, String> fields = new HashMap<>();
    for (String field = line(in); !"".equals(field); field = line(in)) {
      if (field == null) {
        throw new EOFException("the connection ended in a head");
      }
      int colon = field.indexOf(':');
      fields.put(
          field.substring(0, colon).toLowerCase(Locale.ROOT), field.substring(colon + 1).strip());
    }
    return new Head(line, fields);
  }

  private static @Nullable String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int octet = in.read(); octet != '\n'; octet = in.read()) {
      if (octet < 0) {
        return null;
      }
      line.write(octet);
    }
    return line.toString(StandardCharsets.US_ASCII).stripTrailing();
  }
}
