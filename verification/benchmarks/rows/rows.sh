# The rows, in the order in which they are measured. Sourced, by `run` too. A row's function is row_NAME, _ for -.

readonly ROWS=(manifest-digest manifest-tag manifest-fresh small-blob large-blob large-blob-tls cold-blob storm docker-pull
  distant-blob distant-pull shared-link followers start warm-start hanging growth mixed)
