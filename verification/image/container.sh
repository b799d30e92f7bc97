# Containers of the image, by podman. Sourced.

readonly REFERENCE=localhost/cistern:built
readonly USER_ID=65532
# What this image is meant to run with, and what makes containers run in a sandbox: the host's network, few processes.
readonly RUN_OPTIONS=(--network=host --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --read-only --cap-drop=all
  --security-opt=no-new-privileges)

podman_here() {
  podman --root "$WORK/podman/root" --runroot "$WORK/podman/run" --tmpdir "$WORK/podman/tmp" --storage-driver vfs \
    --cgroup-manager cgroupfs --events-backend none "$@"
}

container_import() {
  mkdir -p "$WORK/containers"
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$WORK/containers/policy.json"
  printf '[engine]\nlock_type = "file"\nruntime = "runc"\n' >"$WORK/containers/containers.conf"
  export CONTAINERS_CONF=$WORK/containers/containers.conf
  local version
  version=$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$IMAGE/oci/index.json")
  podman_here tag "$(podman_here pull --quiet --signature-policy "$WORK/containers/policy.json" "oci:$IMAGE/oci:$version")" "$REFERENCE"
}

# data_directory NAME: an empty directory that the image's user may write.
data_directory() {
  rm -rf "${WORK:?}/data/$1"
  mkdir -p "$WORK/data/$1"
  chown $USER_ID:$USER_ID "$WORK/data/$1"
  chmod 755 "$WORK" "$WORK/data"
  echo "$WORK/data/$1"
}

# container_run [OPTION]... [-- ARGUMENT...]: runs it in the background, as `container`.
container_run() {
  local options=()
  while (($# > 0)) && [[ $1 != -- ]]; do options+=("$1") && shift; done
  (($# == 0)) || shift
  podman_here rm --force --ignore container >/dev/null
  podman_here run --detach --name container "${RUN_OPTIONS[@]}" "${options[@]}" "$REFERENCE" "$@" >/dev/null
}

# container_start [OPTION]...: and waits until it answers.
container_start() {
  container_run "$@" || return 1
  local deadline=$((SECONDS + START_SECONDS))
  until curl -fsS "${CONTAINER_URL:-http://$CACHE_HOST}/v2/" --cacert "$WORK/cache.crt" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)) || [[ $(podman_here inspect --format '{{.State.Running}}' container) != true ]]; then
      podman_here logs container
      return 1
    fi
    sleep 0.05
  done
}

# container_stop: asks it to end, and prints its exit code.
container_stop() {
  podman_here logs container >>"$WORK/log/container.log" 2>&1 || true
  podman_here stop --time $STOP_SECONDS container >/dev/null 2>&1 || true
  podman_here inspect --format '{{.State.ExitCode}}' container 2>/dev/null || echo none
}

# Nothing that is a process when there is no container, so that only the check fails.
container_pid() { podman_here inspect --format '{{.State.Pid}}' container 2>/dev/null || echo none; }

# container_once ARGUMENT...: runs a command to its end.
container_once() { podman_here run --rm "${RUN_OPTIONS[@]}" "$REFERENCE" "$@"; }
