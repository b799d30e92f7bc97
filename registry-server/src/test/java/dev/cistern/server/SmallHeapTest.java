package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class SmallHeapTest {

  private static final long SMALL = 64L << 20;

  private final Options options = new Options();

  /** As the JVM has them with the serial collector. */
  private static final class Options implements HotSpotDiagnosticMXBean {

    final Map<String, String> values =
        new HashMap<>(Map.of("MinHeapFreeRatio", "40", "MaxHeapFreeRatio", "70"));
    VMOption.Origin origin = VMOption.Origin.DEFAULT;

    @Override
    public void dumpHeap(String file, boolean live) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<VMOption> getDiagnosticOptions() {
      return List.of();
    }

    @Override
    public VMOption getVMOption(String name) {
      if (!values.containsKey(name)) {
        throw new IllegalArgumentException(name);
      }
      return new VMOption(name, values.get(name), true, origin);
    }

    @Override
    public void setVMOption(String name, String value) {
      values.put(name, value);
      if (percent("MinHeapFreeRatio") > percent("MaxHeapFreeRatio")) {
        throw new IllegalArgumentException(name + " " + value);
      }
    }

    private int percent(String name) {
      return Integer.parseInt(values.get(name));
    }

    @Override
    public ObjectName getObjectName() {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aSmallHeapKeepsLittleFree() {
    SmallHeap.keepSmall(options, SMALL);

    assertThat(options.values)
        .isEqualTo(Map.of("MinHeapFreeRatio", "20", "MaxHeapFreeRatio", "30"));
  }

  @Test
  void aLargeHeapIsLeftToTheJvm() {
    Map<String, String> before = Map.copyOf(options.values);

    SmallHeap.keepSmall(options, 1L << 30);

    assertThat(options.values).isEqualTo(before);
  }

  @Test
  void optionsOfTheCommandLineAreLeftAsTheyAre() {
    options.origin = VMOption.Origin.VM_CREATION;
    Map<String, String> before = Map.copyOf(options.values);

    SmallHeap.keepSmall(options, SMALL);

    assertThat(options.values).isEqualTo(before);
  }

  @Test
  void otherNumbersOfACollectorAreLeftAsTheyAre() {
    options.values.putAll(Map.of("MinHeapFreeRatio", "0", "MaxHeapFreeRatio", "100"));

    SmallHeap.keepSmall(options, SMALL);

    assertThat(options.values)
        .isEqualTo(Map.of("MinHeapFreeRatio", "0", "MaxHeapFreeRatio", "100"));
  }

  @Test
  void aJvmWithoutTheOptionsIsLeftAsItIs() {
    options.values.clear();

    SmallHeap.keepSmall(options, SMALL);

    assertThat(options.values).isEmpty();
  }
}
