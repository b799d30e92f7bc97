package dev.cistern.api;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The referrers of a manifest: signatures, attestations, SBOMs (distribution specification,
 * "Listing Referrers"). Each is a descriptor, kept byte for byte as the registry sent it, so that
 * annotations and unknown properties reach clients. Immutable.
 *
 * <p>As bytes it is an OCI image index. The same descriptors in the same order always have the same
 * bytes, whatever pages they came in.
 */
public final class ReferrerList {

  /** A clients' limit for manifests, in bytes: larger lists are sent in pages. */
  public static final int LARGEST_PAGE = 4 << 20;

  private static final byte[] HEAD =
      ("{\"schemaVersion\":2,\"mediaType\":\"" + MediaType.OCI_INDEX.value() + "\",\"manifests\":[")
          .getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TAIL = "]}".getBytes(StandardCharsets.US_ASCII);

  /** No referrers. After the constants that it is made of. */
  public static final ReferrerList EMPTY = new Builder().build();

  private final byte[] body;
  private final int[] ends;
  private final List<String> types;
  private final Digest digest;

  private ReferrerList(byte[] body, int[] ends, List<String> types) {
    this.body = body;
    this.ends = ends;
    this.types = types;
    digest = Digest.sha256(body);
  }

  /**
   * Parses an OCI image index.
   *
   * @throws RegistryException {@link ErrorCode#MANIFEST_INVALID} if it is not one
   */
  public static ReferrerList parse(byte[] index) throws RegistryException {
    return new Builder().add(index).build();
  }

  /** How many referrers there are. */
  public int count() {
    return ends.length;
  }

  /**
   * Tells the digests of the referrers, in their order; none if one has an algorithm that this
   * library does not know. Takes no memory for them.
   */
  public void forEachDigest(Consumer<Digest> action) {
    try {
      read(referrer -> {});
      read(referrer -> action.accept(referrer.digest()));
    } catch (RegistryException e) {
      // It was read before, so this is the algorithm of a digest.
    }
  }

  private void read(Consumer<Descriptor> referrers) throws RegistryException {
    MediaType unused =
        ManifestReader.read(ByteBuffer.wrap(body), referrers, config -> {}, layer -> {});
  }

  /** The whole list as an OCI image index; read-only. */
  public ByteBuffer body() {
    return ByteBuffer.wrap(body).asReadOnlyBuffer();
  }

  /** The digest of {@link #body}. */
  public Digest digest() {
    return digest;
  }

  /**
   * The part of the list that a client requests, as an OCI image index.
   *
   * @param artifactType only these; empty for all
   * @param page at most so many; a count of 0 is ignored, because an empty list would say that
   *     there are no referrers. A page of another list begins at the first referrer.
   * @param largest at most so many bytes, unless a single descriptor is larger
   */
  public ReferrerPage page(Optional<String> artifactType, Page page, int largest) {
    return page(artifactType, page, largest, byte[]::new);
  }

  /**
   * As above.
   *
   * @param memory gives the array for a part of this length; what it throws, this throws. The whole
   *     list needs none.
   */
  public ReferrerPage page(
      Optional<String> artifactType, Page page, int largest, IntFunction<byte[]> memory) {
    int most = page.count().orElse(0) == 0 ? Integer.MAX_VALUE : page.count().getAsInt();
    int first = page.last().map(this::position).orElse(0);
    if (artifactType.isEmpty() && first == 0 && count() <= most && body.length <= largest) {
      return new ReferrerPage(body(), Optional.empty());
    }
    List<Integer> chosen = new ArrayList<>();
    int length = HEAD.length + TAIL.length;
    for (int i = first; i < count(); i++) {
      if (artifactType.isPresent() && !artifactType.get().equals(types.get(i))) {
        continue;
      }
      int added = end(i) - start(i) + (chosen.isEmpty() ? 0 : 1);
      if (!chosen.isEmpty() && (chosen.size() == most || length > largest - added)) {
        return new ReferrerPage(
            part(chosen, memory.apply(length)), Optional.of(page.beginningAfter(position(i))));
      }
      chosen.add(i);
      length += added;
    }
    return new ReferrerPage(part(chosen, memory.apply(length)), Optional.empty());
  }

  private ByteBuffer part(List<Integer> chosen, byte[] bytes) {
    ByteBuffer part = ByteBuffer.wrap(bytes);
    part.put(HEAD);
    for (int i : chosen) {
      if (part.position() > HEAD.length) {
        part.put((byte) ',');
      }
      part.put(body, start(i), end(i) - start(i));
    }
    return part.put(TAIL).flip().asReadOnlyBuffer();
  }

  private int start(int index) {
    return index == 0 ? HEAD.length : ends[index - 1] + 1;
  }

  private int end(int index) {
    return ends[index];
  }

  /** Names a position in this list: a position in another list may skip referrers. */
  private String position(int index) {
    return index + "-" + mark();
  }

  private int position(String text) {
    int dash = text.indexOf('-');
    if (dash < 1 || dash > 9 || !text.substring(dash + 1).equals(mark())) {
      return 0;
    }
    for (int i = 0; i < dash; i++) {
      if (!Ascii.isDigit(text.charAt(i))) {
        return 0;
      }
    }
    return Integer.parseInt(text.substring(0, dash));
  }

  private String mark() {
    return digest.hex().substring(0, 16);
  }

  @Override
  public String toString() {
    return "ReferrerList[" + count() + ", " + body.length + " bytes]";
  }

  /** Joins the pages of a list. For one thread. */
  public static final class Builder {

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final List<Integer> ends = new ArrayList<>();
    private final List<String> types = new ArrayList<>();
    private final Map<String, String> sameTypes = new HashMap<>();

    /** No referrers. */
    public Builder() {
      body.writeBytes(HEAD);
    }

    /**
     * Adds the descriptors of an OCI image index.
     *
     * @throws RegistryException {@link ErrorCode#MANIFEST_INVALID} if it is not one; then some of
     *     its descriptors may have been added
     */
    public Builder add(byte[] index) throws RegistryException {
      ReferrerReader.read(index, this::add);
      return this;
    }

    private void add(byte[] index, int start, int end, String artifactType) {
      if (!ends.isEmpty()) {
        body.write(',');
      }
      body.write(index, start, end - start);
      ends.add(body.size());
      types.add(sameTypes.computeIfAbsent(artifactType, type -> type));
    }

    /** The list. Ends the use of this builder. */
    public ReferrerList build() {
      body.writeBytes(TAIL);
      int[] positions = ends.stream().mapToInt(Integer::intValue).toArray();
      return new ReferrerList(body.toByteArray(), positions, List.copyOf(types));
    }
  }
}
