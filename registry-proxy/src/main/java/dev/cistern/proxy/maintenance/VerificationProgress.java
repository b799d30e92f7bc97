package dev.cistern.proxy.maintenance;

/** Hears how far a {@link Verification} is. Called by several threads at once. */
public interface VerificationProgress {

  /** Tells nobody. */
  VerificationProgress NONE =
      new VerificationProgress() {
        @Override
        public void begin(long contents, long bytes) {}

        @Override
        public void read(long bytes) {}
      };

  /** Everything has been counted, and is read from now on. */
  void begin(long contents, long bytes);

  /** So many more bytes have been read. */
  void read(long bytes);
}
