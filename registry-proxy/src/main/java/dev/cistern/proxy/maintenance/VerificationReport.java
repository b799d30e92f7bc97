package dev.cistern.proxy.maintenance;

import dev.cistern.proxy.report.Failure;
import java.util.List;

/**
 * The result of a {@link Verification}.
 *
 * @param contents how many blobs and manifests were checked
 * @param bytes the sum of their sizes
 * @param wrong contents whose bytes do not have their digest
 * @param brokenLinks links that contain a wrong digest
 * @param danglingLinks how many links and tags have no content. This is normal: eviction removes
 *     them later than the content.
 * @param failures operations that failed, so that it is unknown whether the content is right
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

  /** Whether everything could be checked, and nothing was wrong. */
  public boolean isClean() {
    return wrong.isEmpty() && brokenLinks.isEmpty() && failures.isEmpty();
  }
}
