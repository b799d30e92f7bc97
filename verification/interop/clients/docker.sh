# The Docker daemon. Its mirrors serve Docker Hub's names only: images under library/ go through the mirror by their
# short name, the others are asked from the cache by its address.

docker_scope() { echo "$ARCHITECTURE"; }

docker_start() {
  mkdir -p "$WORK/docker"
  echo '{}' >"$WORK/docker/daemon.json"
  export DOCKER_HOST=unix://$WORK/docker/daemon.sock
  spawn docker dockerd --config-file "$WORK/docker/daemon.json" --host "$DOCKER_HOST" \
    --data-root "$WORK/docker/data" --exec-root "$WORK/docker/exec" --pidfile "$WORK/docker/daemon.pid" \
    --bridge=none --iptables=false --ip6tables=false --storage-driver=vfs --registry-mirror="$CACHE_URL"
  ready docker docker version
}

docker_stop() { stop docker; }

# docker_reference KEY SUFFIX: what a user would type; SUFFIX is :TAG or @DIGEST, here as for every client.
docker_reference() {
  local repository
  repository=$(image "$1" .repository)
  case $repository in
    library/*) echo "${repository#library/}$2" ;;
    *) echo "${CACHE_URL#*://}/$repository$2" ;;
  esac
}

docker_pull() { docker pull --quiet "$(docker_reference "$@")"; }

# docker_digests KEY SUFFIX: the digests that the client has noted for an image it has pulled.
docker_digests() {
  docker image inspect --format '{{join .RepoDigests "\n"}}' "$(docker_reference "$@")" | sed 's/.*@//'
}

docker_forget() {
  docker image prune --all --force
  equal "" "$(docker image ls --all --quiet)"
}
