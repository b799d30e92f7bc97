package dev.cistern.proxy.policy;

import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.List;
import java.util.Optional;

/**
 * Which images of an upstream clients may pull. Immutable.
 *
 * <p>A digest has no tag: for a pull by digest, a rule that allows some tags allows the whole
 * repository, because clients pull by digest what a tag has named; and a rule that denies some tags
 * does not concern it.
 *
 * @param allow the images to allow; empty: all
 * @param deny the images to deny, even if they are allowed
 * @param digestOnly repositories that clients must pull by digest
 */
public record AccessRules(
    List<ImagePattern> allow, List<ImagePattern> deny, List<ImagePattern> digestOnly) {

  /** Allows everything. */
  public static final AccessRules NONE = new AccessRules(List.of(), List.of(), List.of());

  /** Copies the lists. */
  public AccessRules {
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    digestOnly = List.copyOf(digestOnly);
  }

  /** Whether this allows everything. */
  public boolean isEmpty() {
    return allow.isEmpty() && deny.isEmpty() && digestOnly.isEmpty();
  }

  /**
   * Why a client may not pull a manifest.
   *
   * @return the rule, as the end of a sentence such as {@code denied by the rule 'deny: team/*'};
   *     empty if it may
   */
  public Optional<String> refusal(RepositoryName repository, Reference reference) {
    Optional<Tag> tag = reference instanceof Tag name ? Optional.of(name) : Optional.empty();
    for (ImagePattern rule : deny) {
      if (rule.matches(repository)
          && (tag.isPresent() ? rule.matches(tag.get()) : rule.matchesAllTags())) {
        return Optional.of("denied by the rule 'deny: " + rule + "'");
      }
    }
    if (!allow.isEmpty()
        && allow.stream()
            .noneMatch(
                rule -> rule.matches(repository) && (tag.isEmpty() || rule.matches(tag.get())))) {
      return Optional.of("not allowed by any rule of 'allow'");
    }
    for (ImagePattern rule : digestOnly) {
      if (tag.isPresent() && rule.matches(repository) && rule.matches(tag.get())) {
        return Optional.of("allowed by digest only, by the rule 'digestonly: " + rule + "'");
      }
    }
    return Optional.empty();
  }

  /** Why a client may not read blobs, tags or referrers of a repository; empty if it may. */
  public Optional<String> refusal(RepositoryName repository) {
    for (ImagePattern rule : deny) {
      if (rule.matches(repository) && rule.matchesAllTags()) {
        return Optional.of("denied by the rule 'deny: " + rule + "'");
      }
    }
    return allow.isEmpty() || allow.stream().anyMatch(rule -> rule.matches(repository))
        ? Optional.empty()
        : Optional.of("not allowed by any rule of 'allow'");
  }
}
