package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import javax.management.MBeanOperationInfo;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {

  @Test
  void givesMemoryBackWhereTheJvmHasTheCommand() throws Exception {
    MBeanOperationInfo[] commands =
        ManagementFactory.getPlatformMBeanServer()
            .getMBeanInfo(new ObjectName("com.sun.management:type=DiagnosticCommand"))
            .getOperations();

    assertThat(NativeMemory.giveBack())
        .isEqualTo(
            Arrays.stream(commands).anyMatch(c -> c.getName().equals("systemTrimNativeHeap")));
  }
}
