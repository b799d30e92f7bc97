# The Docker daemon. Its mirrors serve Docker Hub's names only: images under library/ go through the mirror by their
# short name, the others are asked from the cache by its address.

docker_scope() { echo "$ARCHITECTURE"; }

docker_start() {
  docker_daemon docker && export DOCKER_HOST=unix://$WORK/docker/daemon.sock
}

# docker_daemon NAME: starts a daemon with its data and its socket in $WORK/NAME, and with the storage driver DOCKER_STORAGE.
docker_daemon() {
  local directory=$WORK/$1
  mkdir -p "$directory"
  client_file docker/daemon.json >"$directory/daemon.json"
  # With HTTPS, the daemon must check certificates.
  [[ $CACHE_URL == http:* ]] || echo "{\"registry-mirrors\": [\"$CACHE_URL\"]}" >"$directory/daemon.json"
  spawn "$1" dockerd --config-file "$directory/daemon.json" --host "unix://$directory/daemon.sock" \
    --data-root "$directory/data" --exec-root "$directory/exec" --pidfile "$directory/daemon.pid" \
    --bridge=none --iptables=false --ip6tables=false --storage-driver="${DOCKER_STORAGE:-vfs}"
  ready "$1" docker --host "unix://$directory/daemon.sock" version
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
