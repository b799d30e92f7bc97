# Starting and ending processes by name. Each has its log in $WORK/log/NAME.log, appended to over restarts. Sourced.

readonly STOP_SECONDS=20
readonly START_SECONDS=30
declare -A PIDS=()

# spawn NAME COMMAND...: starts it in the background.
spawn() {
  local name=$1
  shift
  "$@" >>"$WORK/log/$name.log" 2>&1 </dev/null &
  PIDS[$name]=$!
}

running() {
  [[ -n ${PIDS[$1]:-} ]] && kill -0 "${PIDS[$1]}" 2>/dev/null
}

# stop NAME: asks it to end, and ends it when it does not. Nothing to do when it is not running.
stop() {
  local name=$1 pid=${PIDS[$1]:-} deadline=$((SECONDS + STOP_SECONDS))
  [[ -n $pid ]] || return 0
  kill -TERM "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do
    if ((SECONDS >= deadline)); then
      echo "$name (process $pid) did not end within $STOP_SECONDS s: killed"
      kill -KILL "$pid"
      break
    fi
    sleep 0.05
  done
  wait "$pid" 2>/dev/null || true
  unset "PIDS[$name]"
}

stop_all() {
  local name
  for name in "${!PIDS[@]}"; do stop "$name"; done
}

# ready NAME COMMAND...: waits until COMMAND succeeds; fails when NAME ends first or time is up.
ready() {
  local name=$1 deadline=$((SECONDS + START_SECONDS))
  shift
  until "$@" >/dev/null 2>&1; do
    if ! running "$name"; then
      echo "$name ended while starting"
      return 1
    fi
    if ((SECONDS >= deadline)); then
      echo "$name did not start within $START_SECONDS s"
      return 1
    fi
    sleep 0.1
  done
}

# Says which processes besides this shell are in the sandbox, and fails if any is.
only_this_process() {
  local process left=0
  for process in /proc/[0-9]*; do
    [[ $process == "/proc/$$" ]] && continue
    echo "${process#/proc/}: $(tr '\0' ' ' 2>/dev/null <"$process/cmdline")"
    left=1
  done
  return $left
}
