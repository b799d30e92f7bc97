# The place where the suite runs. Sourced by `run` and `storm`, outside of it.
#
# Everything happens in mount, process and network namespaces of its own, and in one temporary directory:
#   - loopback is the only network, so ports are free, and no pull can reach the Internet behind the cache's back;
#   - /run, /dev/shm, /etc/docker and /etc/hosts are private, so the daemons find and leave nothing of the machine's;
#   - when the sandbox ends, however it ends, the kernel ends every process in it and drops every mount.

# Usage errors and missing packages end with 2, failed checks with 1.
readonly EXIT_UNUSABLE=2

require_machine() {
  local missing
  missing=$(missing_packages)
  if [[ -n $missing ]]; then
    echo "Missing Debian packages: $missing" >&2
    echo "Install them with: $here/install   (or: apt-get install $missing)" >&2
    exit $EXIT_UNUSABLE
  fi
  if [[ $(id -u) != 0 ]]; then
    echo "Run this as root: the daemons need it." >&2
    exit $EXIT_UNUSABLE
  fi
  if [[ $CACHE == cistern ]]; then
    if ! command -v java >/dev/null; then
      echo "No java on the PATH: install a JDK 17 or later." >&2
      exit $EXIT_UNUSABLE
    fi
    if [[ ! -e $CISTERN_JAR ]]; then
      echo "$CISTERN_JAR does not exist. Build it: mvn -B -q -DskipTests package" >&2
      exit $EXIT_UNUSABLE
    fi
  fi
}

# sandbox SCRIPT ARGUMENT...: runs SCRIPT inside and returns its exit code. Sets WORK, the temporary directory.
sandbox() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/cistern-interop.XXXXXX")
  export WORK CACHE CISTERN_JAR
  trap 'end_sandbox; exit 130' INT
  trap 'end_sandbox; exit 143' TERM
  trap 'end_sandbox' EXIT
  # unshare dies with this shell, however that dies; its death kills the sandbox's first process, and with it all others.
  setpriv --pdeathsig KILL -- unshare --mount --pid --net --fork --kill-child --mount-proc -- "$@" </dev/null &
  SANDBOX=$!
  local code=0
  wait "$SANDBOX" || code=$?
  return "$code"
}

end_sandbox() {
  trap - INT TERM EXIT
  if [[ -n ${SANDBOX:-} ]]; then
    kill -KILL "$SANDBOX" 2>/dev/null || true
    wait "$SANDBOX" 2>/dev/null || true
    SANDBOX=
  fi
  remove_work
}

remove_work() {
  if [[ -n ${KEEP:-} ]]; then
    echo "kept: $WORK"
  else
    rm -rf "$WORK"
  fi
}

# Says what is left of the sandbox on this machine, and fails if anything is.
nothing_left() {
  local process line left=0
  for process in /proc/[0-9]*; do
    [[ $process == "/proc/$$" ]] && continue
    # A process that ends while it is looked at has left.
    { line=$(tr '\0' ' ' <"$process/cmdline"); } 2>/dev/null || continue
    if [[ $line == *"$WORK"* ]]; then
      echo "process ${process#/proc/} is still running: $line"
      left=1
    fi
  done
  if grep -F "$WORK" /proc/mounts; then left=1; fi
  if [[ -z ${KEEP:-} && -e $WORK ]]; then
    echo "$WORK still exists"
    left=1
  fi
  return "$left"
}

# report: ends the sandbox, and says what it has left and how many checks have passed. Fails if one has failed.
report() {
  local passed failed left
  passed=$(grep -cx ok "$WORK/results" || true)
  failed=$(grep -cx FAIL "$WORK/results" || true)
  if [[ ! -e $WORK/finished ]]; then
    echo "FAIL  the suite stopped before its end"
    failed=$((failed + 1))
  fi
  end_sandbox
  printf '\n== after the run\n'
  if left=$(nothing_left); then
    echo "ok    no process, no mount and no file of the suite is left"
    passed=$((passed + 1))
  else
    printf 'FAIL  the suite left something behind\n%s\n' "$left"
    failed=$((failed + 1))
  fi
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  ((failed == 0))
}
