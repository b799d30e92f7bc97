package dev.cistern.proxy.crash;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** Images of a few repositories, which share layers; the same in each process. */
final class Stock {

  /** What a client may ask for: a blob, or a manifest. */
  record Item(RepositoryName repository, Digest digest, boolean isManifest) {}

  private static final int REPOSITORIES = 4;
  private static final int IMAGES = 3;
  private static final int OWN_LAYERS = 2;
  private static final int LARGEST = 700_000;

  private final Map<Digest, byte[]> contents = new LinkedHashMap<>();
  private final List<Item> items = new ArrayList<>();

  Stock() {
    Random random = new Random(4);
    List<Digest> shared = List.of(add(bytes(random)), add(bytes(random)));
    for (int i = 0; i < REPOSITORIES; i++) {
      RepositoryName repository = new RepositoryName("stock/repository-" + i);
      for (int j = 0; j < IMAGES; j++) {
        List<Digest> layers = new ArrayList<>(shared);
        for (int k = 0; k < OWN_LAYERS; k++) {
          layers.add(add(bytes(random)));
        }
        layers.forEach(layer -> items.add(new Item(repository, layer, false)));
        items.add(new Item(repository, add(manifest(layers)), true));
      }
    }
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(LARGEST)];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] manifest(List<Digest> layers) {
    List<String> descriptors =
        layers.stream()
            .map(
                layer ->
                    "{\"mediaType\": \"application/x\", \"size\": %d, \"digest\": \"%s\"}"
                        .formatted(content(layer).length, layer))
            .toList();
    return ("{\"schemaVersion\": 2,"
            + " \"mediaType\": \"application/vnd.oci.image.manifest.v1+json\","
            + " \"config\": "
            + descriptors.get(0)
            + ", \"layers\": "
            + descriptors
            + "}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private Digest add(byte[] content) {
    Digest digest = Digest.sha256(content);
    contents.put(digest, content);
    return digest;
  }

  List<Item> items() {
    return items;
  }

  byte[] content(Digest digest) {
    return Objects.requireNonNull(contents.get(digest));
  }
}
