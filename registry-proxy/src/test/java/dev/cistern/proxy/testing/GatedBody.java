package dev.cistern.proxy.testing;

import java.io.IOException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import mockwebserver3.MockResponseBody;
import okio.BufferedSink;

/** A body that stops at gates. */
final class GatedBody implements MockResponseBody {

  private final byte[] content;
  private final NavigableMap<Integer, Gate> gates;

  /**
   * @param gates by the number of bytes that are sent before them
   */
  GatedBody(byte[] content, Map<Integer, Gate> gates) {
    this.content = content;
    this.gates = new TreeMap<>(gates);
  }

  @Override
  public long getContentLength() {
    return content.length;
  }

  @Override
  public void writeTo(BufferedSink sink) throws IOException {
    int position = 0;
    for (Map.Entry<Integer, Gate> gate : gates.entrySet()) {
      sink.write(content, position, gate.getKey() - position);
      sink.flush();
      position = gate.getKey();
      gate.getValue().pass();
    }
    sink.write(content, position, content.length - position);
    sink.flush();
  }
}
