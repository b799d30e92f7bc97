package dev.cistern.storage.content;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Records the calls to another driver, as {@code operation key}, and can make them fail. For one
 * thread.
 */
class RecordingDriver implements StorageDriver {

  private final StorageDriver driver;
  private final List<String> calls = new ArrayList<>();
  private String refused = "nothing";

  RecordingDriver(StorageDriver driver) {
    this.driver = driver;
  }

  /** The calls since the last call of this method. */
  List<String> calls() {
    List<String> copy = List.copyOf(calls);
    calls.clear();
    return copy;
  }

  /** Makes later calls fail whose text contains this. */
  void refuse(String part) {
    refused = part;
  }

  private void call(String operation, String key) throws IOException {
    String call = operation + " " + key;
    calls.add(call);
    if (call.contains(refused)) {
      throw new IOException("refused: " + call);
    }
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    call("stat", key);
    return driver.stat(key);
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    call("open", key);
    return driver.open(key, range);
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    call("put", key);
    driver.put(key, body);
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    call("putIfAbsent", key);
    return driver.putIfAbsent(key, body);
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
    for (String key : keys) {
      call("delete", key);
    }
    driver.delete(keys);
  }

  @Override
  public Stream<ObjectStat> list(String prefix) throws IOException {
    call("list", prefix);
    return driver.list(prefix);
  }

  @Override
  public Stream<String> children(String prefix) throws IOException {
    call("children", prefix);
    return driver.children(prefix);
  }

  @Override
  public void close() throws IOException {
    driver.close();
  }
}
