# Buildah, in the store of Podman, which says what was pulled. Sourced.

buildah_scope() { podman_scope; }
buildah_start() { podman_start; }
buildah_stop() { :; }
buildah_reference() { containers_reference "$@"; }

buildah_pull() {
  buildah --root "$WORK/podman/root" --runroot "$WORK/podman/run" --storage-driver vfs \
    pull --quiet --signature-policy "$WORK/containers/policy.json" "$(containers_reference "$@")"
}

buildah_digests() { podman_digests "$@"; }
buildah_forget() { podman_forget; }
