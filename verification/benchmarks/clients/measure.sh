# Measuring, and noting what was measured. Sourced.

RUN=0

# Without it the peer gives no OCI manifest.
readonly ACCEPT='Accept: application/vnd.oci.image.manifest.v1+json'

# note ROW VARIANT SUBJECT METRIC VALUE: a figure.
note() {
  [[ $5 =~ ^[0-9.e+-]+$ ]] || { echo "not a figure: $*"; return 1; }
  echo "$1,$2,$3,$4,$RUN,$5" >>"$WORK/raw.csv"
  printf '      %-22s %-10s %-14s %-14s %s\n' "$1" "$2" "$3" "$4" "$5"
}

# alternately SUBJECT... -- COMMAND...: runs COMMAND SUBJECT for each in turn, RUNS times, every other time in the other
# order: what changes on the machine meanwhile hits all alike.
alternately() {
  local subjects=() subject reversed
  while [[ $1 != -- ]]; do
    subjects+=("$1")
    shift
  done
  shift
  for ((RUN = 1; RUN <= RUNS; RUN++)); do
    for subject in "${subjects[@]}"; do "$@" "$subject"; done
    reversed=()
    for subject in "${subjects[@]}"; do reversed=("$subject" ${reversed[@]+"${reversed[@]}"}); done
    subjects=("${reversed[@]}")
  done
  RUN=0
}

# same_bytes PATH SUBJECT...: fails unless all answer with the same bytes. What is measured after it is the same work.
same_bytes() {
  local path=$1 subject hash expected=
  shift
  for subject in "$@"; do
    hash=$(curl -fsSk -H "$ACCEPT" "$(address "$subject")$path" | sha256sum)
    [[ -z $expected || $hash == "$expected" ]] || { echo "$subject answers $path with other bytes"; return 1; }
    expected=$hash
  done
}

# rate URL CONNECTIONS SECONDS [WRK-ARGUMENT...] [-- SCRIPT-ARGUMENT...]: requests a second by wrk, on standard output.
rate() {
  local url=$1 connections=$2 seconds=$3 said
  shift 3
  local options=()
  while (($# > 0)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  said=$(wrk -t2 -c"$connections" -d"${seconds}s" --timeout 30s -H "$ACCEPT" "${options[@]}" "$url" "$@")
  if grep -qE 'Non-2xx|Socket errors: .*[1-9]' <<<"$said"; then
    echo "$said" >&2
    return 1
  fi
  awk '$1 == "Requests/sec:" { print $2; found = 1 } END { exit !found }' <<<"$said"
}

# rate_of PATH VARIANT CONNECTIONS SUBJECT: notes one run of wrk.
rate_of() {
  local figure
  figure=$(rate "$(address "$4")$1" "$3" "$SECONDS_A_RUN")
  note "$ROW" "$2" "$4" requests_per_second "$figure"
}

# warm_up PATH SUBJECT...: what a server does first is not what it does for long. Code is compiled, caches are filled.
warm_up() {
  local path=$1 subject
  shift
  for subject in "$@"; do
    case $subject in
      cistern* | plain | other) rate "$(address "$subject")$path" 64 6 >/dev/null ;;
      *) rate "$(address "$subject")$path" 64 1 >/dev/null ;;
    esac
  done
}

# sink_of PATH VARIANT CLIENTS SUBJECT: notes the bytes a second that this many clients of a large blob get together.
sink_of() {
  local said
  said=$("$bench/clients/sink.py" "$(address "$4")$1" "$3" "$SECONDS_A_RUN")
  note "$ROW" "$2" "$4" mib_per_second "$(jq '.bytes / .seconds / 1048576' <<<"$said")"
  SINK_CIPHER=$(jq -r '.cipher // empty' <<<"$said")
}

# quiet PID: waits until the process has used less than a tenth of a core for two seconds.
quiet() {
  local before now
  before=$(cpu_ticks "$1")
  while sleep 2; do
    now=$(cpu_ticks "$1")
    ((now - before >= 20)) || return 0
    before=$now
  done
}

cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

# processor_ticks NAME: what the process and its children have used.
processor_ticks() {
  local pid=${PIDS[$1]} child sum
  sum=$(cpu_ticks "$pid")
  for child in $(cat "/proc/$pid/task/$pid/children"); do sum=$((sum + $(cpu_ticks "$child"))); done
  echo "$sum"
}

content() { jq -r "$1" "$WORK/content.json"; }
