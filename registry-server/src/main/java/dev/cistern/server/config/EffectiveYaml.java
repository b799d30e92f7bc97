package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.storage.StorageDrivers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes a configuration as YAML, with the place that each value comes from and without secrets.
 */
final class EffectiveYaml {

  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9/.][A-Za-z0-9_./:@+-]*[A-Za-z0-9_/.+-]|[A-Za-z0-9/]");
  private static final String MASK = "'********'";

  private static final List<String> SECRETS =
      List.of("password", "secret", "passphrase", "accesskey", "secretkey", "token", "credential");

  /** Sections whose keys are names that the operator chooses, and what such a name says. */
  private static final List<String> FREE_SECTIONS = List.of("http.headers.", "log.fields.");

  private static final Pattern SECRET_NAME =
      Pattern.compile(
          "authorization|cookie|key|token|secret|passw|passphrase|credential",
          Pattern.CASE_INSENSITIVE);

  /** The user name and the password of a URL. A password may have characters that a URL cannot. */
  private static final Pattern USER_INFO = Pattern.compile("://\\S*@");

  private static final int COLUMN = 44;

  private final EffectiveValues values;
  private final Map<String, KeyUse> uses;
  private final StringBuilder text = new StringBuilder();

  private EffectiveYaml(EffectiveValues values, Map<String, KeyUse> uses) {
    this.values = values;
    this.uses = uses;
  }

  static String of(Node.Mapping root, Report report) {
    EffectiveYaml yaml = new EffectiveYaml(report.effective(), report.known());
    yaml.section(root, "", 0);
    return yaml.text.toString();
  }

  private void section(Node.Mapping section, String name, int depth) {
    Stream<String> asked = values.keys(section).keySet().stream();
    Stream<String> written = section.entries().keySet().stream();
    Stream.concat(asked, written)
        .distinct()
        .filter(key -> !values.isUnknown(section.entries().get(key)))
        .forEach(key -> key(section, key, KeyNames.join(name, key), depth));
  }

  private void key(Node.Mapping section, String key, String name, int depth) {
    if (uses.get(name) == KeyUse.WITHOUT_EFFECT) {
      return;
    }
    EffectiveValues.Asked asked =
        values.keys(section).getOrDefault(key, new EffectiveValues.Asked());
    Node.Entry entry = section.entries().get(key);
    if (entry != null && !entry.value().isEmpty()) {
      Node value = entry.value();
      if (value instanceof Node.Mapping mapping) {
        int before = text.length();
        line(depth, quoted(key) + ":", Optional.empty());
        int within = text.length();
        section(asked.section.orElse(mapping), name, depth + 1);
        if (text.length() == within) {
          text.setLength(before);
        }
      } else {
        node(value, quoted(key) + ":", name, depth);
      }
    } else if (asked.section.isPresent()) {
      int before = text.length();
      line(depth, quoted(key) + ":", Optional.empty());
      int within = text.length();
      section(asked.section.get(), name, depth + 1);
      if (text.length() == within) {
        text.setLength(before);
      }
    } else {
      asked
          .otherwise
          .get()
          .ifPresent(
              value -> line(depth, quoted(key) + ": " + quoted(value), Optional.of("default")));
    }
  }

  private void node(Node value, String before, String name, int depth) {
    if (value instanceof Node.Scalar scalar) {
      String shown = isSecret(name) ? MASK : quoted(scalar.text());
      line(depth, before + " " + shown, Optional.of(scalar.origin().toString()));
    } else if (value instanceof Node.Sequence sequence) {
      line(depth, before, Optional.empty());
      sequence.items().forEach(item -> node(item, "-", name, depth + 1));
    } else if (value instanceof Node.Mapping mapping) {
      line(depth, before, Optional.empty());
      mapping
          .entries()
          .forEach(
              (key, entry) -> {
                if (!entry.value().isEmpty() && !values.isUnknown(entry)) {
                  node(entry.value(), quoted(key) + ":", KeyNames.join(name, key), depth + 1);
                }
              });
    }
  }

  private static boolean isSecret(String name) {
    String[] path = name.toLowerCase(Locale.ROOT).split("\\.", -1);
    String key = path[path.length - 1];
    if (path.length == 3 && path[0].equals("storage")) {
      return !StorageDrivers.shownParameters(path[1]).contains(key);
    }
    for (String section : FREE_SECTIONS) {
      if (name.startsWith(section)) {
        return SECRET_NAME.matcher(name.substring(section.length())).find();
      }
    }
    return SECRETS.stream().anyMatch(key::endsWith);
  }

  private void line(int depth, String content, Optional<String> comment) {
    int start = text.length();
    text.append("  ".repeat(depth)).append(content);
    comment.ifPresent(
        origin -> {
          text.append(" ".repeat(Math.max(2, COLUMN - (text.length() - start))));
          text.append("# ").append(Printable.escaped(origin));
        });
    text.append('\n');
  }

  private static String quoted(String text) {
    String value = USER_INFO.matcher(text).replaceAll("://********@");
    boolean isFlag = value.equals("true") || value.equals("false");
    boolean isPlain = PLAIN.matcher(value).matches() && !value.equals("null");
    if (isPlain || isFlag) {
      return value;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || (c >= 0x80 && c < 0xa0) || c == 0x2028 || c == 0x2029) {
        quoted.append(String.format("\\u%04X", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
