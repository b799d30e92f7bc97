# Podman, with a store of its own.

podman_scope() { echo "$ARCHITECTURE"; }

podman_start() {
  containers_configure
  # Locks in files: by default they are in shared memory, under one name for the whole machine.
  printf '[engine]\nlock_type = "file"\n' >"$WORK/containers/containers.conf"
  export CONTAINERS_CONF=$WORK/containers/containers.conf
}

podman_stop() { :; }

podman_cli() {
  podman --root "$WORK/podman/root" --runroot "$WORK/podman/run" --tmpdir "$WORK/podman/tmp" --storage-driver vfs "$@"
}

podman_reference() { containers_reference "$@"; }

podman_pull() {
  local reference
  reference=$(containers_reference "$@")
  # shellcheck disable=SC2046 # a flag or nothing
  podman_cli pull --quiet --signature-policy "$WORK/containers/policy.json" $(containers_tls "$reference") "$reference"
}

podman_digests() {
  podman_cli image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$(containers_reference "$@")" | sed 's/.*@//'
}

podman_forget() {
  podman_cli rmi --all --force
  equal "" "$(podman_cli images --all --quiet)"
}
