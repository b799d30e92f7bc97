package dev.cistern.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the JVM take less memory for a small heap. By default, it keeps up to 70 % of the heap free
 * for what comes, and makes at least 40 % free: with 18 MiB in use, it takes 64.
 *
 * <p>Options of the command line are left as they are, and so is the parallel collector, which has
 * other numbers. The serial collector makes the heap no smaller than at the start, whatever is set
 * here: see {@code -Xms}.
 */
final class SmallHeap {

  private static final Logger log = LoggerFactory.getLogger(SmallHeap.class);

  private static final long SMALL = 128L << 20;

  private static final String FEWEST_FREE = "MinHeapFreeRatio";
  private static final String MOST_FREE = "MaxHeapFreeRatio";

  private SmallHeap() {}

  static void keepSmall() {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (machine != null) {
      keepSmall(machine, Runtime.getRuntime().maxMemory());
    }
  }

  /**
   * @param heap the largest size of the heap, in bytes
   */
  static void keepSmall(HotSpotDiagnosticMXBean machine, long heap) {
    try {
      if (heap <= SMALL && is(machine, FEWEST_FREE, "40") && is(machine, MOST_FREE, "70")) {
        // In this order, as the first may not be larger than the second.
        machine.setVMOption(FEWEST_FREE, "20");
        machine.setVMOption(MOST_FREE, "30");
      }
    } catch (IllegalArgumentException e) {
      log.debug("This JVM has no such options: {}", e.toString());
    }
  }

  private static boolean is(HotSpotDiagnosticMXBean machine, String name, String usual) {
    VMOption option = machine.getVMOption(name);
    return option.getOrigin() == VMOption.Origin.DEFAULT && option.getValue().equals(usual);
  }
}
