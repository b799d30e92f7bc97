package dev.cistern.proxy.internal.memory;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * An immutable list of ASCII names in two arrays: a list of hundreds of thousands of tags takes
 * about as much memory as its text. Each {@link #get} makes a new string. Thread-safe.
 */
public final class CompactNames extends AbstractList<String> implements RandomAccess {

  private final byte[] text;
  private final int[] ends;

  private CompactNames(byte[] text, int[] ends) {
    this.text = text;
    this.ends = ends;
  }

  /** The list itself if it is immutable and compact, else an immutable copy. */
  public static List<String> copyOf(List<String> names) {
    return names instanceof CompactNames ? names : List.copyOf(names);
  }

  @Override
  public String get(int index) {
    Objects.checkIndex(index, ends.length);
    int start = index == 0 ? 0 : ends[index - 1];
    return new String(text, start, ends[index] - start, StandardCharsets.US_ASCII);
  }

  @Override
  public int size() {
    return ends.length;
  }

  /** Collects names. For one thread. */
  public static final class Builder {

    private byte[] text = new byte[512];
    private int[] ends = new int[32];
    private int count;

    /** No names. */
    public Builder() {}

    /**
     * Adds a name.
     *
     * @throws IllegalArgumentException when it is not ASCII
     */
    public Builder add(String name) {
      int start = count == 0 ? 0 : ends[count - 1];
      int end = start + name.length();
      if (end > text.length) {
        text = Arrays.copyOf(text, Math.max(end, text.length + text.length / 2));
      }
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, count + count / 2);
      }
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        if (c > 0x7f) {
          throw new IllegalArgumentException("a name must be ASCII");
        }
        text[start + i] = (byte) c;
      }
      ends[count++] = end;
      return this;
    }

    /** The last name; there must be one. */
    public String last() {
      int start = count == 1 ? 0 : ends[count - 2];
      return new String(text, start, ends[count - 1] - start, StandardCharsets.US_ASCII);
    }

    /** Whether there is no name. */
    public boolean isEmpty() {
      return count == 0;
    }

    /** The list. */
    public CompactNames build() {
      int length = count == 0 ? 0 : ends[count - 1];
      return new CompactNames(Arrays.copyOf(text, length), Arrays.copyOf(ends, count));
    }
  }
}
