# What podman and skopeo share: registries.conf, with the cache as a mirror of Docker Hub. Sourced by both.

containers_configure() {
  mkdir -p "$WORK/containers"
  cat >"$WORK/containers/registries.conf" <<-TOML
	[[registry]]
	prefix = "docker.io"
	location = "docker.io"
	[[registry.mirror]]
	location = "$CACHE_HOST"
	insecure = true
	TOML
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$WORK/containers/policy.json"
  export CONTAINERS_REGISTRIES_CONF=$WORK/containers/registries.conf
}

containers_reference() {
  local repository
  repository=$(image "$1" .repository)
  case $repository in
    library/*) echo "docker.io/$repository$2" ;;
    *) echo "$CACHE_HOST/$repository$2" ;;
  esac
}

# containers_tls REFERENCE [PREFIX]: how to say that the cache speaks plain HTTP; registries.conf says it of the mirror.
containers_tls() {
  case $1 in
    docker.io/*) ;;
    *) echo "--${2:-}tls-verify=false" ;;
  esac
}
