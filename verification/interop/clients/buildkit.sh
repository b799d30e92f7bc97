# BuildKit: it pulls what a Dockerfile begins from, and says what it pulled by the files of the result. Sourced.

buildkit_scope() { echo "$ARCHITECTURE"; }

buildkit_start() {
  mkdir -p "$WORK/buildkit"
  client_file buildkit/buildkitd.toml >"$WORK/buildkit/buildkitd.toml"
  export BUILDKIT_HOST=unix://$WORK/buildkit/buildkitd.sock
  spawn buildkit "$INTEROP_TOOLS/buildkitd" --config "$WORK/buildkit/buildkitd.toml" --root "$WORK/buildkit/root" \
    --addr "$BUILDKIT_HOST" --containerd-worker=false --oci-worker-snapshotter=native --oci-worker-net=host
  ready buildkit "$INTEROP_TOOLS/buildctl" debug workers
}

buildkit_stop() { stop buildkit; }

buildkit_reference() { containers_reference "$@"; }

buildkit_pull() {
  local directory=$WORK/buildkit/$1
  mkdir -p "$directory/files"
  echo "FROM $(buildkit_reference "$@")" >"$directory/Dockerfile"
  "$INTEROP_TOOLS/buildctl" build --progress=plain --frontend dockerfile.v0 --local context="$directory" --local dockerfile="$directory" \
    --output type=local,dest="$directory/files"
}

# The digest of the image whose file /etc/hostname this is.
buildkit_digests() {
  [[ $(<"$WORK/buildkit/$1/files/etc/hostname") == "$1-$ARCHITECTURE" ]] && image "$1" .digest
}

buildkit_forget() {
  rm -rf "$WORK"/buildkit/*/files
  "$INTEROP_TOOLS/buildctl" prune --all
}
