# containerd, by `ctr`. Docker Hub's names go through a mirror in hosts.toml, which makes containerd add `?ns=docker.io`;
# the others are asked from the cache by its address.

containerd_scope() { echo "$ARCHITECTURE"; }

containerd_start() {
  local registry
  for registry in docker.io ghcr.io _default; do
    mkdir -p "$WORK/containerd/hosts/$registry"
    client_file "containerd/certs.d/$registry/hosts.toml" >"$WORK/containerd/hosts/$registry/hosts.toml"
  done
  cat >"$WORK/containerd/config.toml" <<-TOML
	version = 2
	root = "$WORK/containerd/root"
	state = "$WORK/containerd/state"
	disabled_plugins = ["io.containerd.grpc.v1.cri"]
	[grpc]
	  address = "$WORK/containerd/containerd.sock"
	[ttrpc]
	  address = "$WORK/containerd/containerd.sock.ttrpc"
	TOML
  spawn containerd containerd --config "$WORK/containerd/config.toml"
  ready containerd containerd_ctr version
}

containerd_stop() { stop containerd; }

containerd_ctr() { ctr --address "$WORK/containerd/containerd.sock" --namespace interop "$@"; }

containerd_reference() { containers_reference "$@"; }

containerd_pull() {
  local reference how
  reference=$(containerd_reference "$@")
  case $reference in
    "$CACHE_HOST"/*) how=(--plain-http) ;;
    *) how=(--hosts-dir "$WORK/containerd/hosts") ;;
  esac
  # The native snapshotter works on any filesystem, as vfs does for Docker.
  containerd_ctr images pull --snapshotter native "${how[@]}" "$reference"
}

containerd_digests() {
  local reference
  reference=$(containerd_reference "$@")
  containerd_ctr images ls "name==$reference" | awk 'NR > 1 { print $3 }'
}

containerd_forget() {
  local names
  names=$(containerd_ctr images ls --quiet)
  # shellcheck disable=SC2086 # one word a name
  [[ -z $names ]] || containerd_ctr images rm --sync $names
  equal "" "$(containerd_ctr content ls --quiet)"
}
