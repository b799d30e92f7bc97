package dev.cistern.proxy.evict;

import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which images to keep whatever happens: a glob over repositories and one over their tags. */
record PinPattern(String repository, Pattern repositories, Pattern tags) {

  private static final Pattern ALLOWED = Pattern.compile("[a-zA-Z0-9._/*?-]+(:[a-zA-Z0-9._*?-]+)?");

  /**
   * @throws IllegalArgumentException when nothing could ever match it
   */
  static PinPattern parse(String text) {
    if (!ALLOWED.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a pattern of repository:tag such as library/alpine:*");
    }
    int colon = text.indexOf(':');
    String repository = colon < 0 ? text : text.substring(0, colon);
    return new PinPattern(
        repository, glob(repository), glob(colon < 0 ? "*" : text.substring(colon + 1)));
  }

  private static Pattern glob(String glob) {
    return Pattern.compile(
        glob.chars()
            .mapToObj(
                c ->
                    switch (c) {
                      case '*' -> ".*";
                      case '?' -> ".";
                      default -> Pattern.quote(Character.toString(c));
                    })
            .collect(Collectors.joining()));
  }

  /** The one repository that this is about; empty when there may be others. */
  Optional<RepositoryName> only() {
    try {
      return Optional.of(new RepositoryName(repository));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  boolean matches(RepositoryName name) {
    return repositories.matcher(name.value()).matches();
  }

  boolean matches(Tag tag) {
    return tags.matcher(tag.value()).matches();
  }
}
