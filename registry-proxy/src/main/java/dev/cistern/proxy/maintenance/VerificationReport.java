package dev.cistern.proxy.maintenance;

import java.util.List;

/**
 * What a {@link Verification} has found.
 *
 * @param contents how many blobs and manifests were looked at
 * @param bytes how many bytes these had
 * @param wrong those that are not what they are stored as
 * @param brokenLinks links that do not hold what they should
 * @param danglingLinks how many links and tags lead to content that is gone, which nothing is wrong
 *     with: content that is evicted leaves them for a while
 * @param failures what storage could not do, and of what thus nothing is known
 */
public record VerificationReport(
    long contents,
    long bytes,
    List<WrongContent> wrong,
    List<BrokenLink> brokenLinks,
    long danglingLinks,
    List<Failure> failures) {

  public VerificationReport {
    wrong = List.copyOf(wrong);
    brokenLinks = List.copyOf(brokenLinks);
    failures = List.copyOf(failures);
  }

  /** Whether everything could be looked at, and nothing was wrong. */
  public boolean isClean() {
    return wrong.isEmpty() && brokenLinks.isEmpty() && failures.isEmpty();
  }
}
