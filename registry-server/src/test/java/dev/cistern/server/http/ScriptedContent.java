package dev.cistern.server.http;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;

/** Content in no file, of which a test says when there is more, and when reading it returns. */
class ScriptedContent implements BlobContent {

  private final byte[] bytes;
  private final OptionalLong size;
  private final List<Runnable> waiting = new ArrayList<>();
  private final CountDownLatch waited = new CountDownLatch(1);
  private long visible;
  private boolean ended;
  private boolean failed;

  ScriptedContent(byte[] bytes, OptionalLong size) {
    this.bytes = bytes;
    this.size = size;
  }

  /** Makes the bytes before {@code end} available. */
  final void reveal(int end) {
    change(() -> visible = end);
  }

  /** Says that this is all. */
  final void end() {
    change(() -> ended = true);
  }

  final void fail() {
    change(() -> failed = true);
  }

  private void change(Runnable change) {
    List<Runnable> woken;
    synchronized (this) {
      change.run();
      woken = List.copyOf(waiting);
      waiting.clear();
    }
    woken.forEach(Runnable::run);
  }

  /** Waits until the reader has asked to be woken. */
  final void awaitWaiter() throws InterruptedException {
    waited.await();
  }

  @Override
  public final CacheStatus status() {
    return CacheStatus.Hit.BY_DIGEST;
  }

  @Override
  public final Digest digest() {
    return Digest.sha256(bytes);
  }

  @Override
  public final OptionalLong size() {
    return size;
  }

  @Override
  public final synchronized long available(long position) throws IOException {
    if (visible > position) {
      return visible - position;
    }
    if (failed) {
      throw new IOException("failed as the test said");
    }
    return ended ? -1 : 0;
  }

  @Override
  public synchronized boolean whenAvailable(long position, Runnable wake) {
    if (visible > position || ended || failed) {
      return false;
    }
    waiting.add(wake);
    waited.countDown();
    return true;
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    int count = (int) Math.min(target.remaining(), available(position));
    target.put(bytes, (int) position, count);
    return count;
  }

  @Override
  public final Optional<FileChannel> channel() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
