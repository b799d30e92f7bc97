# What the image is shown to do. Sourced.

readonly METRICS_PORT=5002
readonly START_MILLIS=500
readonly IDLE_MEBIBYTES=130

upstream_of_image=(--env "REGISTRY_PROXY_REMOTEURL=http://localhost:$UPSTREAM_PORT")

# pull KEY: pulls the image through the cache; the digest is the pushed one.
pull() {
  local target=$WORK/pulled
  rm -rf "$target"
  skopeo --insecure-policy copy --quiet --all --preserve-digests --src-tls-verify=false \
    "docker://$CACHE_HOST/$(image "$1" .repository):$(image "$1" '.tags[0]')" "dir:$target"
}

status_of() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(container_pid)/status" 2>/dev/null || true; }

run_pull() {
  local data
  data=$(data_directory pull)
  check "it starts with a read-only root, without capabilities, and a volume" \
    container_start --volume "$data:/var/lib/cistern" "${upstream_of_image[@]}"
  check "it runs as user $USER_ID" equal "$USER_ID" "$(status_of Uid | cut -f1)"
  check "the JVM uses the archive of classes" grep -q 'cistern\.jsa' "/proc/$(container_pid)/maps"
  check "skopeo pulls a multi-platform image through it" pull tiny
  check "skopeo pulls a layer of 200 MB through it" pull large
  check "cistern stats counts them" stats_count
  upstream_stop
  check "skopeo pulls the image with the upstream stopped" pull tiny
  upstream_start
  check "SIGTERM ends it with exit code 0" equal 0 "$(container_stop)"
  check "the data belongs to the user" equal "$USER_ID" "$(stat -c %u "$data/docker" 2>&1)"
}

stats_count() { podman_here exec container cistern stats --json | jq -e '.. | .blobs? // empty | select(. > 2)' >/dev/null; }

# The best of many, because other work on the machine only adds to it.
run_start() {
  local data run measured=() idle
  data=$(data_directory start)
  container_start --volume "$data:/var/lib/cistern" "${upstream_of_image[@]}" || true
  container_stop >/dev/null
  for ((run = 0; run < RUNS; run++)); do
    # Before all other work of the machine, which a measurement of the image is not about.
    (renice -n -20 -p "$BASHPID" >/dev/null 2>&1 || true; podman_here start container >/dev/null) || true
    measured+=("$(nice -n -20 "$suite/answers.py" "$CACHE_PORT" "$(container_pid)" 2>&1 || true)")
    # Then it has nothing more to do.
    sleep 2
    idle=$(status_of VmRSS)
    idle=${idle% kB}
    container_stop >/dev/null
  done
  printf '%s\n' "${measured[@]}" | sort -n >"$WORK/starts"
  echo "      start until /v2/ answers: best $(sed -n 1p "$WORK/starts") ms, median $(sed -n $(((RUNS + 1) / 2))p "$WORK/starts") ms of $RUNS" \
    "(in parentheses: time of the processors); idle: $((${idle:-0} / 1024)) MiB"
  check "/v2/ answers within $START_MILLIS ms" test "$(sed -n '1s/ .*//p' "$WORK/starts")" -le $START_MILLIS
  check "idle, it uses at most $IDLE_MEBIBYTES MiB" test "${idle:-none}" -gt 0 -a "${idle:-none}" -le $((IDLE_MEBIBYTES * 1024))
}

# Where the image of Distribution's registry has its configuration and its data.
run_paths() {
  local data path
  mkdir -p "$WORK/config"
  chmod 755 "$WORK/config"
  cat >"$WORK/config/config.yml" <<-YAML
	version: 0.1
	log: {formatter: json, fields: {from: mounted}}
	storage: {filesystem: {rootdirectory: /var/lib/registry}}
	http: {addr: ":$CACHE_PORT"}
	proxy: {remoteurl: "http://localhost:$UPSTREAM_PORT"}
	YAML
  for path in /config.yml:/etc/docker/registry/config.yml :/etc/docker/registry /config.yml:/etc/distribution/config.yml \
    /config.yml:/etc/cistern/config.yml; do
    data=$(data_directory paths)
    check "a configuration at ${path#*:} and data at /var/lib/registry, as for registry:2 and 3" started_with "$path" "$data"
    container_stop >/dev/null
  done
}

started_with() {
  container_start --volume "$WORK/config$1:ro" --volume "$2:/var/lib/registry" &&
    pull tiny && [[ -d $2/docker/registry/v2 ]] && podman_here logs container 2>&1 | grep mounted >/dev/null
}

run_options() {
  local data
  data=$(data_directory options)
  check "JAVA_TOOL_OPTIONS set the heap, and the archive is still accepted" heap_is_set "$data"
  container_stop >/dev/null
  check "without a volume it says what is not writable" says_read_only
  check "a mistake in a variable ends it with exit code 2" ends_with 2 --env REGISTRY_LOG_LEVEL=loud
  check "the JVM trusts Debian's authorities" trusts
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$WORK/config/key" -out "$WORK/cache.crt" 2>/dev/null
  cp "$WORK/cache.crt" "$WORK/config/crt"
  chmod 644 "$WORK/config/"*
  CONTAINER_URL=https://$CACHE_HOST
  check "HTTPS with an EC certificate, and HTTP/2" https "$(data_directory https)"
  container_stop >/dev/null
  unset CONTAINER_URL
}

heap_is_set() {
  container_start --volume "$1:/var/lib/cistern" "${upstream_of_image[@]}" --env JAVA_TOOL_OPTIONS="-Xmx64m -Xshare:on" \
    --env REGISTRY_HTTP_DEBUG_ADDR=localhost:$METRICS_PORT --env REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED=true || return 1
  local most
  most=$(curl -fsS http://localhost:$METRICS_PORT/metrics | sed -n 's/^jvm_memory_max_bytes{area="heap"} //p')
  awk -v most="$most" 'BEGIN { exit !(most > 0 && most <= 64 * 1048576) }' || { echo "jvm_memory_max_bytes: $most"; return 1; }
}

ends_with() {
  local expected=$1 code=0
  shift
  podman_here run --rm "${RUN_OPTIONS[@]}" "$@" "$REFERENCE" || code=$?
  equal "$expected" "$code"
}

says_read_only() { ends_with 1 >"$WORK/read-only" 2>&1 && grep -q 'not writable' "$WORK/read-only"; }

trusts() {
  local bundle=$WORK/authorities.pem
  podman_here run --name authorities "${RUN_OPTIONS[@]}" --entrypoint /opt/java/bin/keytool "$REFERENCE" -list -cacerts >"$WORK/trusted" || return 1
  podman_here cp authorities:/etc/ssl/certs/ca-certificates.crt "$bundle" || return 1
  podman_here rm authorities
  equal "$(grep -c 'BEGIN CERTIFICATE' "$bundle")" "$(grep -c trustedCertEntry "$WORK/trusted")" && (($(wc -l <"$WORK/trusted") > 100))
}

https() {
  container_start --volume "$1:/var/lib/cistern" --volume "$WORK/config:/etc/tls:ro" "${upstream_of_image[@]}" \
    --env REGISTRY_HTTP_TLS_CERTIFICATE=/etc/tls/crt --env REGISTRY_HTTP_TLS_KEY=/etc/tls/key || return 1
  equal "200 2" "$(curl -sS --http2 --cacert "$WORK/cache.crt" -o /dev/null -w '%{http_code} %{http_version}' "https://$CACHE_HOST/v2/")"
}

# Docker's storage and network differ: an anonymous volume, a container of its own network namespace without bridges.
run_docker() {
  CACHE_URL=http://$CACHE_HOST
  check "the Docker daemon starts" docker_start
  check "docker load takes the file" docker load --quiet --input "$IMAGE/cistern.tar"
  check "docker runs it, with a named volume of its user" docker_runs
  check "SIGTERM ends it with exit code 0" docker_ends
  docker_stop
}

docker_runs() {
  docker run --detach --name cistern --network host --read-only --volume cistern:/var/lib/cistern "${upstream_of_image[@]}" \
    "cistern:$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$IMAGE/oci/index.json")" || return 1
  local deadline=$((SECONDS + START_SECONDS))
  until curl -fsS "http://$CACHE_HOST/v2/" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { docker logs cistern; return 1; }
    sleep 0.05
  done
  pull tiny
}

docker_ends() {
  docker stop --time $STOP_SECONDS cistern || return 1
  equal 0 "$(docker inspect --format '{{.State.ExitCode}}' cistern)"
}
