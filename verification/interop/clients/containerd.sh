# containerd, by `ctr`. Docker Hub's names go through a mirror in hosts.toml, which makes containerd add `?ns=docker.io`;
# the others are asked from the cache by its address.

containerd_scope() { echo "$ARCHITECTURE"; }

containerd_start() {
  mkdir -p "$WORK/containerd/hosts/docker.io"
  cat >"$WORK/containerd/hosts/docker.io/hosts.toml" <<-TOML
	server = "https://registry-1.docker.io"
	[host."$CACHE_URL"]
	  capabilities = ["pull", "resolve"]
	TOML
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

containerd_reference() {
  local repository
  repository=$(image "$1" .repository)
  case $repository in
    library/*) echo "docker.io/$repository$2" ;;
    *) echo "$CACHE_HOST/$repository$2" ;;
  esac
}

containerd_pull() {
  local reference how
  reference=$(containerd_reference "$@")
  case $reference in
    docker.io/*) how=(--hosts-dir "$WORK/containerd/hosts") ;;
    *) how=(--plain-http) ;;
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
