package dev.cistern.examples.striped;

import dev.cistern.api.Digest;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageKeys;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsAdoption;
import dev.cistern.storage.SupportsFileChannel;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Spreads objects over several directories: the room and the speed of several disks, without RAID.
 *
 * <p>Each object lies whole in one directory, its home, as {@link FilesystemDriver} keeps it. The
 * home follows from the key and the directories' paths alone (rendezvous hashing), so nothing is
 * written down about it and several processes agree without asking one another. With {@code n}
 * directories a disk that is lost takes one object in {@code n}, which a cache fetches again.
 *
 * <p>Likewise a directory that is added becomes the home of one object in {@code n}: those are
 * fetched again, and their old copies are neither found nor listed any more, and stay until someone
 * removes them. The order of the directories means nothing; their paths do.
 *
 * <p>Transfers are spooled in the first directory. Adopting a file costs no copy when its home is
 * on the same filesystem as that, and one copy otherwise.
 */
public final class StripedDriver implements StorageDriver, SupportsAdoption, SupportsFileChannel {

  private record Stripe(String path, FilesystemDriver driver) {

    /** Of all stripes the one with the highest is the key's home. */
    String weight(String key) {
      return Digest.sha256((path + "\n" + key).getBytes(StandardCharsets.UTF_8)).hex();
    }
  }

  private interface Listing<T> {
    Stream<T> of(Stripe stripe) throws IOException;
  }

  private final List<Stripe> stripes;

  private StripedDriver(List<Stripe> stripes) {
    this.stripes = List.copyOf(stripes);
  }

  /**
   * Opens the store over these directories, and makes those that are not there.
   *
   * @throws IllegalArgumentException without a directory, or when one is, or lies in, another
   * @throws IOException when one of them cannot be used; the message names it
   */
  public static StripedDriver open(List<Path> directories) throws IOException {
    List<Path> paths = directories.stream().map(path -> path.toAbsolutePath().normalize()).toList();
    requireApart(paths);
    List<Stripe> stripes = new ArrayList<>();
    for (Path path : paths) {
      // Nothing is to be closed when a later one fails: a filesystem driver keeps nothing open.
      stripes.add(new Stripe(path.toString(), FilesystemDriver.open(path)));
    }
    return new StripedDriver(stripes);
  }

  private static void requireApart(List<Path> paths) {
    if (paths.isEmpty()) {
      throw new IllegalArgumentException("must name at least one directory");
    }
    for (int i = 0; i < paths.size(); i++) {
      for (int j = 0; j < paths.size(); j++) {
        if (i != j && paths.get(i).startsWith(paths.get(j))) {
          throw new IllegalArgumentException(
              "must name directories apart: " + paths.get(i) + " is or lies in " + paths.get(j));
        }
      }
    }
  }

  private FilesystemDriver home(String key) {
    return homeStripe(key).driver;
  }

  private Stripe homeStripe(String key) {
    StorageKeys.requireKey(key);
    return Collections.max(stripes, Comparator.comparing(stripe -> stripe.weight(key)));
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    return home(key).stat(key);
  }

  @Override
  public Optional<StoredObject> open(String key) throws IOException {
    return home(key).open(key);
  }

  @Override
  public Optional<FileChannel> openChannel(String key) throws IOException {
    return home(key).openChannel(key);
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    home(key).put(key, body);
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    return home(key).putIfAbsent(key, body);
  }

  @Override
  public void delete(String key) throws IOException {
    home(key).delete(key);
  }

  @Override
  public Path spoolDirectory() {
    return stripes.get(0).driver.spoolDirectory();
  }

  @Override
  public void adopt(Path file, String key) throws IOException {
    home(key).adopt(file, key);
  }

  @Override
  public Stream<ObjectStat> list(String prefix) throws IOException {
    // An object outside its home is left from before a directory was added.
    return inEach(
        stripe -> stripe.driver.list(prefix).filter(stat -> homeStripe(stat.key()).equals(stripe)));
  }

  /** A child may have objects in several directories, so the names seen are remembered. */
  @Override
  public Stream<String> children(String prefix) throws IOException {
    return inEach(stripe -> stripe.driver.children(prefix)).distinct();
  }

  /** Concatenated, for unlike flatMap that stays lazy for those who iterate. */
  private <T> Stream<T> inEach(Listing<T> listing) throws IOException {
    Stream<T> all = Stream.empty();
    for (Stripe stripe : stripes) {
      try {
        all = Stream.concat(all, listing.of(stripe));
      } catch (IOException | RuntimeException e) {
        all.close();
        throw e;
      }
    }
    return all;
  }

  /** Nothing to let go of, as with the drivers below. */
  @Override
  public void close() {}
}
