package dev.cistern.server.auth;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The users of a htpasswd file, such as {@code htpasswd -nB alice} prints:
 *
 * <pre>
 * # a comment
 * alice:$2y$05$zX0hAiRRVTZDf6EQ8Nn5xuL9YeN3jZ0cm8bQ0yY5tZvJH2V8CqO1a
 * </pre>
 *
 * Only bcrypt is accepted, as in Distribution: other hashes are too fast to try out. Not a record,
 * because its {@code toString} would show the hashes.
 */
final class Htpasswd {

  private static final Pattern BCRYPT =
      Pattern.compile("\\$2[aby]\\$(0[4-9]|1[0-7])\\$[./A-Za-z0-9]{53}");

  /** 22 characters of salt, of which the last has four bits without a meaning, and the hash. */
  private static final String DUMMY = "......................MkWqRLqtLdlBsSYXvnAtmMQgXgrrkd.";

  private final Map<String, String> hashes;
  private final String dummy;
  private final List<String> complaints;

  private Htpasswd(Map<String, String> hashes, String dummy, List<String> complaints) {
    this.hashes = Map.copyOf(hashes);
    this.dummy = dummy;
    this.complaints = List.copyOf(complaints);
  }

  /** Reads the text of a file. Lines that are not usable are left out. */
  static Htpasswd parse(byte[] content) {
    Map<String, String> hashes = new HashMap<>();
    List<String> complaints = new ArrayList<>();
    int cost = 5;
    String[] lines = new String(content, StandardCharsets.UTF_8).split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      String hash = line.substring(colon + 1);
      Matcher bcrypt = BCRYPT.matcher(hash);
      if (colon < 1) {
        complaints.add("line " + (i + 1) + " is not user:hash");
      } else if (!bcrypt.matches()) {
        complaints.add("line " + (i + 1) + " has no bcrypt hash of a cost from 4 to 17");
      } else {
        cost = Math.max(cost, Integer.parseInt(bcrypt.group(1)));
        hashes.put(line.substring(0, colon), hash);
      }
    }
    return new Htpasswd(hashes, String.format("$2b$%02d$%s", cost, DUMMY), complaints);
  }

  /** The hash of a user's password; empty if there is no such user. */
  Optional<String> hash(String user) {
    return Optional.ofNullable(hashes.get(user));
  }

  /** A hash that takes as long as the slowest of the file, and that no password has. */
  String dummy() {
    return dummy;
  }

  /** How many users can log in. */
  int size() {
    return hashes.size();
  }

  /** What is wrong with the file, by line numbers. */
  List<String> complaints() {
    return complaints;
  }

  @Override
  public String toString() {
    return hashes.size() + " users";
  }
}
