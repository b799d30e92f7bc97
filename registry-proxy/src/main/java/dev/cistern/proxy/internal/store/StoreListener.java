package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;

/** Is told what a store has got and what was used. Must return promptly. */
public interface StoreListener {

  /** Does nothing. */
  StoreListener NONE = new StoreListener() {};

  /** A blob was stored. */
  default void blobStored(RepositoryName repository, Digest digest) {}

  /** A manifest was stored. */
  default void manifestStored(RepositoryName repository, Digest digest) {}

  /** A repository has got a link to a blob that was stored before. */
  default void linked(RepositoryName repository, Digest digest) {}

  /** A tag names this manifest. */
  default void tagged(RepositoryName repository, Tag tag, Digest digest) {}

  /** Content was used; told a few times per ttl, however often it is used. */
  default void used(Digest digest) {}
}
