package dev.cistern.proxy.policy;

import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Selects images by a pattern of repositories and one of tags, such as {@code library/alpine:3.*}.
 * In both, {@code *} matches any characters, including a slash, and {@code ?} matches one; without
 * a colon the pattern selects all tags. Immutable.
 */
public final class ImagePattern {

  private static final Pattern ALLOWED = Pattern.compile("[a-zA-Z0-9._/*?-]+(:[a-zA-Z0-9._*?-]+)?");

  private final String text;
  private final String repository;
  private final Pattern repositories;
  private final Pattern tags;

  private ImagePattern(String text, String repository, Pattern repositories, Pattern tags) {
    this.text = text;
    this.repository = repository;
    this.repositories = repositories;
    this.tags = tags;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException when no image can ever match it
   */
  public static ImagePattern parse(String text) {
    if (!ALLOWED.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a pattern of repository:tag such as library/alpine:*");
    }
    int colon = text.indexOf(':');
    String repository = colon < 0 ? text : text.substring(0, colon);
    return new ImagePattern(
        text, repository, glob(repository), glob(colon < 0 ? "*" : text.substring(colon + 1)));
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

  /** The only repository that this can match; empty when there may be several. */
  public Optional<RepositoryName> only() {
    try {
      return Optional.of(new RepositoryName(repository));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether this matches the repository. */
  public boolean matches(RepositoryName name) {
    return repositories.matcher(name.value()).matches();
  }

  /** Whether this matches the tag, in a repository that it matches. */
  public boolean matches(Tag tag) {
    return tags.matcher(tag.value()).matches();
  }

  /** Whether this matches every tag. */
  boolean matchesAllTags() {
    return text.indexOf(':') < 0 || text.endsWith(":*");
  }

  /** The text that was parsed. */
  @Override
  public String toString() {
    return text;
  }
}
