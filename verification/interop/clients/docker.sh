# The Docker daemon. Its mirrors serve Docker Hub's names only: images under library/ go through the mirror by their
# short name, the others are asked from the cache by its address.

docker_scope() { echo "$ARCHITECTURE"; }

docker_start() {
  mkdir -p "$WORK/docker"
  client_file docker/daemon.json >"$WORK/docker/daemon.json"
  # With HTTPS, the daemon must check certificates.
  [[ $CACHE_URL == http:* ]] || echo "{\"registry-mirrors\": [\"$CACHE_URL\"]}" >"$WORK/docker/daemon.json"
  export DOCKER_HOST=unix://$WORK/docker/daemon.sock
  spawn docker dockerd --config-file "$WORK/docker/daemon.json" --host "$DOCKER_HOST" \
    --data-root "$WORK/docker/data" --exec-root "$WORK/docker/exec" --pidfile "$WORK/docker/daemon.pid" \
    --bridge=none --iptables=false --ip6tables=false --storage-driver=vfs
  ready docker docker version
}

docker_stop() { stop docker; }

# docker_reference KEY SUFFIX: what a user would type; SUFFIX is :TAG or @DIGEST, here as for every client.
docker_reference() {
  local path
  path=$(cache_path "$@")
  if hub_name "$1"; then echo "${path#library/}"; else echo "${CACHE_URL#*://}/$path"; fi
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
