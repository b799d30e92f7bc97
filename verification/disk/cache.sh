# Caches under test, and pulling from them. Sourced.

# What the cache is started with, before its command.
CACHE_PRIVILEGES=()

# cache_serve NAME PORT DIRECTORY [LINE...]: starts a cache; each LINE is a key below `proxy`.
cache_serve() {
  local name=$1 port=$2 directory=$3
  shift 3
  {
    printf 'version: 0.1\nlog: {level: info}\nhttp: {addr: ":%s"}\n' "$port"
    printf 'storage:\n  filesystem: {rootdirectory: %s}\n' "$directory"
    printf 'proxy:\n  remoteurl: http://%s\n' "${UPSTREAM:-$UPSTREAM_HOST}"
    local line
    for line in "$@"; do printf '  %s\n' "$line"; done
  } >"$WORK/$name.yml"
  spawn "$name" "${CACHE_PRIVILEGES[@]}" java "-Xmx$HEAP" -jar "$CISTERN_JAR" serve "$WORK/$name.yml"
  ready "$name" curl -fsS "http://127.0.0.1:$port/v2/"
}

# blob NAME: its digest. size NAME: its size.
blob() { awk -v name="$1" '$1 == name { print $2 }' "$WORK/content"; }
size() { awk -v name="$1" '$1 == name { print $3 }' "$WORK/content"; }

# pull_blob PORT NAME: succeeds when the blob comes whole and right.
pull_blob() {
  local got
  got=$(curl -fsS --max-time 120 "http://127.0.0.1:$1/v2/disk/$2/blobs/$(blob "$2")" | sha256sum | cut -d' ' -f1)
  equal "$(blob "$2")" "sha256:$got"
}

# pull PORT NAME: the manifest by its tag, and what it names.
pull() {
  local manifest
  manifest=$(curl -fsS "http://127.0.0.1:$1/v2/disk/$2/manifests/v1") || return 1
  grep -q "$(blob "$2")" <<<"$manifest" || { echo "no such manifest: $manifest"; return 1; }
  pull_blob "$1" "$2"
}

# file DIRECTORY NAME: where the blob lies once it is stored.
file() {
  local hex
  hex=$(blob "$2")
  hex=${hex#sha256:}
  echo "$1/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data"
}

# stored DIRECTORY NAME: waits until the blob is.
stored() {
  local deadline=$((SECONDS + START_SECONDS))
  until [[ -e $(file "$1" "$2") ]]; do
    ((SECONDS < deadline)) || { echo "$2 was not stored within $START_SECONDS s"; return 1; }
    sleep 0.05
  done
}

pull_and_store() { pull "$1" "$3" && stored "$2" "$3"; }

# gets NAME: how often upstream was asked for the blob.
gets() { grep -c "\"GET /v2/disk/$1/blobs/$(blob "$1") " "$UPSTREAM_LOG" || true; }

# on_disk DIRECTORY: what it takes, as du sees it.
on_disk() { du -s --block-size=1 "$1" | cut -f1; }

at_most() {
  (($2 <= $1)) && return 0
  echo "expected at most $1, got $2"
  return 1
}
