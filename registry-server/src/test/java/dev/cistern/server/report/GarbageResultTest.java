package dev.cistern.server.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.UnfinishedTransfers;
import java.util.List;
import org.junit.jupiter.api.Test;

class GarbageResultTest {

  private static String text(List<GarbageReport.Evicted> evicted, List<Failure> failures) {
    GarbageReport report =
        new GarbageReport(
            new DiskUsage(2, 3_000, 3_000, true),
            new DiskUsage(1, 1_000, 1_000, true),
            evicted,
            List.of(),
            0,
            UnfinishedTransfers.NONE,
            failures);
    return new GarbageResult(report, Limits.builder().build(), GarbageResult.Mode.NOW).text();
  }

  @Test
  void withoutAnythingToRemoveItSaysSo() {
    assertThat(text(List.of(), List.of())).startsWith("Nothing to remove; ");
  }

  @Test
  void whatWasEvictedIsNotNothingAlsoIfItCouldNotBeListed() {
    assertThat(
            text(
                List.of(new GarbageReport.Evicted(EvictionReason.IDLE, 1, 2_000)),
                List.of(new Failure("links", "storage failed"))))
        .startsWith("Removed 1 blob or manifest, ")
        .contains("; Before ")
        .doesNotContain("Nothing to remove");
  }
}
