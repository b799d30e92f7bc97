package dev.cistern.proxy.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CompactNamesTest {

  private static CompactNames names(List<String> names) {
    CompactNames.Builder builder = new CompactNames.Builder();
    names.forEach(builder::add);
    return builder.build();
  }

  @Test
  void areTheNamesThatWereAdded() {
    List<String> many = IntStream.range(0, 1000).mapToObj(i -> "tag-" + i).toList();

    assertThat(names(many)).isEqualTo(many).hasSameHashCodeAs(many);
    assertThat(names(List.of())).isEmpty();
    assertThat(names(List.of("", "a", ""))).containsExactly("", "a", "");
  }

  @Test
  void knowTheLastName() {
    CompactNames.Builder builder = new CompactNames.Builder();
    assertThat(builder.isEmpty()).isTrue();
    assertThat(builder.add("a").last()).isEqualTo("a");
    assertThat(builder.add("bc").last()).isEqualTo("bc");
    assertThat(builder.isEmpty()).isFalse();
  }

  @Test
  void cannotChangeAndHaveBounds() {
    CompactNames names = names(List.of("a"));

    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> names.set(0, "b"));
    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> names.get(1));
    assertThatIllegalArgumentException().isThrownBy(() -> new CompactNames.Builder().add("\u00e4"));
  }

  @Test
  void areNotCopied() {
    CompactNames names = names(List.of("a"));

    assertThat(CompactNames.copyOf(names)).isSameAs(names);
    assertThat(CompactNames.copyOf(List.of("a"))).isEqualTo(names);
  }
}
