package dev.cistern.server.tls;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Reads a sequence of DER values (X.690), and writes one. It supports the part of DER that private
 * keys need: tags of one byte and definite lengths.
 */
final class Der {

  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int NULL = 0x05;
  static final int OID = 0x06;
  static final int SEQUENCE = 0x30;
  static final int CONTEXT_0 = 0xa0;

  private final ByteBuffer in;

  Der(byte[] values) {
    in = ByteBuffer.wrap(values);
  }

  /** Whether the next value has this tag; false at the end. */
  boolean startsWith(int tag) {
    return in.hasRemaining() && (in.get(in.position()) & 0xff) == tag;
  }

  /** The content of the next value, which must have this tag. */
  byte[] next(int tag) throws PemException {
    if (!startsWith(tag)) {
      throw damaged();
    }
    in.get();
    byte[] content = new byte[length()];
    in.get(content);
    return content;
  }

  /** Reads the content of the next value. */
  Der enter(int tag) throws PemException {
    return new Der(next(tag));
  }

  private int length() throws PemException {
    int first = octet();
    long length = first;
    if (first >= 0x80) {
      int octets = first & 0x7f;
      if (octets == 0 || octets > 4) {
        throw damaged();
      }
      length = 0;
      for (int i = 0; i < octets; i++) {
        length = (length << 8) | octet();
      }
    }
    if (length > in.remaining()) {
      throw damaged();
    }
    return (int) length;
  }

  private int octet() throws PemException {
    if (!in.hasRemaining()) {
      throw damaged();
    }
    return in.get() & 0xff;
  }

  private static PemException damaged() {
    return new PemException("contains a damaged private key");
  }

  /**
   * Writes one value.
   *
   * @param parts its content, together shorter than 16 MiB
   */
  static byte[] value(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 5);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      // DER demands the shortest form.
      int octets = length < 1 << 8 ? 1 : length < 1 << 16 ? 2 : 3;
      out.write(0x80 | octets);
      for (int i = octets - 1; i >= 0; i--) {
        out.write(length >> (8 * i));
      }
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
