package dev.cistern.examples.striped;

import dev.cistern.api.Digest;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageKeys;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsAdoption;
import dev.cistern.storage.SupportsFileChannel;
import dev.cistern.storage.SupportsFreeSpace;
import dev.cistern.storage.SupportsTouch;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Distributes objects over several directories, to use the space and the speed of several disks
 * without RAID.
 *
 * <p>Each object is a file in one directory, its home, written by {@link FilesystemDriver}. The
 * home is computed from the key and the paths of the directories (rendezvous hashing). So it need
 * not be stored, and several processes agree on it without communication. If one of {@code n} disks
 * is lost, one object in {@code n} is lost with it, and a cache fetches it again.
 *
 * <p>A directory that is added becomes the home of one object in {@code n}. These objects are
 * fetched again. Their old copies are no longer found or listed and remain until someone deletes
 * them. The order of the directories does not matter, but their paths do.
 *
 * <p>This driver has all optional powers of {@link FilesystemDriver}. A driver that wraps others
 * should pass on the powers that they have; without them a cache still works, but loses something:
 *
 * <ul>
 *   <li>{@link SupportsAdoption}: a fetched file is renamed instead of copied, if its home is on
 *       the same filesystem as the first directory, which has the spool.
 *   <li>{@link SupportsFileChannel}: a server sends files without copying their bytes.
 *   <li>{@link SupportsTouch}: the time of the last use survives a restart, so that eviction still
 *       removes the least recently used content.
 *   <li>{@link SupportsFreeSpace}: a cache can evict before a disk is full.
 * </ul>
 */
public final class StripedDriver
    implements StorageDriver,
        SupportsAdoption,
        SupportsFileChannel,
        SupportsTouch,
        SupportsFreeSpace {

  /**
   * A filesystem with at least one of the directories.
   *
   * @param freeSpace in bytes
   * @param directories the number of directories on it
   */
  record Disk(long freeSpace, int directories) {}

  private record Stripe(Path path, FilesystemDriver driver) {

    /** The stripe with the highest weight is the key's home. */
    String weight(String key) {
      return Digest.sha256((path + "\n" + key).getBytes(StandardCharsets.UTF_8)).hex();
    }
  }

  private interface Opening {
    FilesystemDriver open(Path path) throws IOException;
  }

  private interface Listing<T> {
    Stream<T> of(Stripe stripe) throws IOException;
  }

  private final List<Stripe> stripes;

  private StripedDriver(List<Stripe> stripes) {
    this.stripes = List.copyOf(stripes);
  }

  /**
   * Opens the store in these directories and creates those that do not exist.
   *
   * @throws IllegalArgumentException if there is no directory, or one is the same as another or
   *     inside of it
   * @throws IOException if one of them cannot be used; the message names it
   */
  public static StripedDriver open(List<Path> directories) throws IOException {
    return open(directories, FilesystemDriver::open);
  }

  /**
   * Opens the store in existing directories for inspection, and creates nothing.
   *
   * @throws IllegalArgumentException in the same cases as {@link #open}
   * @throws IOException if one of them does not exist or cannot be used; the message names it
   */
  public static StripedDriver openExisting(List<Path> directories) throws IOException {
    return open(directories, FilesystemDriver::openExisting);
  }

  private static StripedDriver open(List<Path> directories, Opening opening) throws IOException {
    List<Path> paths = directories.stream().map(path -> path.toAbsolutePath().normalize()).toList();
    requireApart(paths);
    List<Stripe> stripes = new ArrayList<>();
    for (Path path : paths) {
      // If a later one fails, the earlier ones need not be closed: they keep no file open.
      stripes.add(new Stripe(path, opening.open(path)));
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
              "must name separate directories, but "
                  + paths.get(i)
                  + " is the same as "
                  + paths.get(j)
                  + " or inside of it");
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
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    return home(key).open(key, range);
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
  public void delete(Collection<String> keys) throws IOException {
    Map<Stripe, List<String>> homes =
        keys.stream().collect(Collectors.groupingBy(this::homeStripe));
    for (Map.Entry<Stripe, List<String>> home : homes.entrySet()) {
      home.getKey().driver.delete(home.getValue());
    }
  }

  /** The same for all directories. */
  @Override
  public Set<StorageTrait> traits() {
    return stripes.get(0).driver.traits();
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
  public void touch(String key, Instant time) throws IOException {
    home(key).touch(key, time);
  }

  @Override
  public long freeSpace() throws IOException {
    Map<FileStore, Integer> directories = new HashMap<>();
    for (Stripe stripe : stripes) {
      directories.merge(Files.getFileStore(stripe.path), 1, Integer::sum);
    }
    List<Disk> disks = new ArrayList<>();
    for (Map.Entry<FileStore, Integer> store : directories.entrySet()) {
      disks.add(new Disk(store.getKey().getUsableSpace(), store.getValue()));
    }
    return freeSpace(disks);
  }

  /**
   * The number of bytes that can be stored before the first disk is full. Objects are distributed
   * evenly, so a disk with two of three directories gets two thirds of the bytes.
   */
  static long freeSpace(List<Disk> disks) {
    int all = disks.stream().mapToInt(Disk::directories).sum();
    return disks.stream()
        .mapToLong(disk -> (long) ((double) disk.freeSpace() * all / disk.directories()))
        .min()
        .orElse(0);
  }

  @Override
  public Stream<ObjectStat> list(String prefix) throws IOException {
    // An object outside of its home remains from before a directory was added.
    return inEach(
        stripe -> stripe.driver.list(prefix).filter(stat -> homeStripe(stat.key()).equals(stripe)));
  }

  /** A child may have objects in several directories, so duplicates are removed. */
  @Override
  public Stream<String> children(String prefix) throws IOException {
    return inEach(stripe -> stripe.driver.children(prefix)).distinct();
  }

  /** Concatenates the listings: unlike flatMap, this stays lazy when the caller iterates. */
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

  /** Does nothing, as the drivers of the directories need not be closed. */
  @Override
  public void close() {}
}
