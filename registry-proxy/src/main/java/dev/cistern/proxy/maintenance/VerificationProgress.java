package dev.cistern.proxy.maintenance;

/** Gets the progress of a {@link Verification}. Called by several threads at once. */
public interface VerificationProgress {

  /** Does nothing. */
  VerificationProgress NONE =
      new VerificationProgress() {
        @Override
        public void begin(long contents, long bytes) {}

        @Override
        public void read(long bytes) {}
      };

  /** The content is counted, and reading begins. */
  void begin(long contents, long bytes);

  /** This many more bytes were read. */
  void read(long bytes);
}
