package dev.cistern.storage;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/**
 * A driver whose back-end gives an object to everyone who has a signed URL of it. A cache can then
 * send a client there for a large blob, instead of passing the bytes on.
 */
public interface SupportsSignedUrls {

  /**
   * A URL that answers a GET, also of a range, with the object's bytes. The URL holds no
   * credentials but a signature for this object, which ends. Makes no request to the back-end for
   * the object: if there is none, the URL answers with an error.
   *
   * @param validity how long a GET may begin
   */
  URI signedUrl(String key, Duration validity) throws IOException;
}
