# skopeo copies every platform of an image into a directory, its bytes unchanged.

skopeo_scope() { echo all; }

skopeo_start() {
  containers_configure
  mkdir -p "$WORK/skopeo"
}

skopeo_stop() { :; }

skopeo_reference() { containers_reference "$@"; }

skopeo_directory() { echo "$WORK/skopeo/$1${2//[:@]/-}"; }

skopeo_pull() {
  local reference directory file
  reference=$(containers_reference "$@")
  directory=$(skopeo_directory "$@")
  # shellcheck disable=SC2046 # a flag or nothing
  skopeo --insecure-policy --registries-conf "$WORK/containers/registries.conf" \
    copy --quiet --all --preserve-digests $(containers_tls "$reference" src-) \
    "docker://$reference" "dir:$directory" || return 1
  # A blob's file is named by its digest.
  for file in "$directory"/*; do
    [[ ${file##*/} =~ ^[0-9a-f]{64}$ ]] || continue
    echo "${file##*/}  $file"
  done | sha256sum --check --quiet
}

skopeo_digests() { echo "sha256:$(sha256sum <"$(skopeo_directory "$@")/manifest.json" | cut -d' ' -f1)"; }

skopeo_forget() { rm -rf "$WORK/skopeo/"*; }
