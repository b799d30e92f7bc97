# Sets up the sandbox from within and ends what runs in it. Sourced first by what runs inside.

[[ $$ == 1 && -n ${WORK:-} ]] || { echo "This runs only in the sandbox: start it with 'run' or 'storm'." >&2; exit 2; }

# An address of this sandbox that is not loopback, with a name: Docker trusts any certificate on loopback.
readonly CACHE_NAME=cache.test
readonly CACHE_ADDRESS=192.0.2.1
readonly CACHE_PORT=5000
readonly UPSTREAM_PORT=5001
readonly CACHE_HOST=127.0.0.1:$CACHE_PORT
readonly UPSTREAM_HOST=127.0.0.1:$UPSTREAM_PORT

set_up_sandbox() {
  mkdir -p "$WORK"/{log,home,etc-docker,tmp} /etc/docker
  mount -t tmpfs tmpfs /run
  mount -t tmpfs tmpfs /dev/shm
  mount --bind "$WORK/etc-docker" /etc/docker
  printf '127.0.0.1 localhost\n%s %s\n' "$CACHE_ADDRESS" "$CACHE_NAME" >"$WORK/hosts"
  mount --bind "$WORK/hosts" /etc/hosts
  ip link set lo up
  ip address add "$CACHE_ADDRESS/32" dev lo
  export HOME=$WORK/home TMPDIR=$WORK/tmp PATH=$PATH:/usr/sbin:/sbin
  export PYTHONDONTWRITEBYTECODE=1
  unset "${!DOCKER_@}" "${!CONTAINER_@}" "${!REGISTRY_@}" http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
}
