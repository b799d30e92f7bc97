# One line a check, and a count of them. Sourced.

readonly LOG_TAIL=20

section() {
  SECTION_FAILURES=0
  printf '\n== %s\n' "$1"
}

# check WHAT COMMAND...: the check holds when COMMAND succeeds; what it prints is what was expected and what came instead.
# COMMAND runs in this shell: it may start a process that outlives the check.
check() {
  local what=$1
  shift
  if "$@" >"$WORK/said" 2>&1; then
    passed "$what"
  else
    failed "$what" "$(<"$WORK/said")"
  fi
}

passed() {
  echo "ok    $1"
  echo ok >>"$WORK/results"
}

failed() {
  echo "FAIL  $1"
  head -n 20 <<<"${2:-}" | cut -c1-300 | sed -e 's/^/        /'
  echo FAIL >>"$WORK/results"
  SECTION_FAILURES=$((SECTION_FAILURES + 1))
}

# section_end LOG...: after a failure, shows the end of these logs.
section_end() {
  local name
  ((SECTION_FAILURES > 0)) || return 0
  for name in "$@"; do
    [[ -s $WORK/log/$name.log ]] || continue
    echo "---- the last $LOG_TAIL lines of $name.log"
    tail -n $LOG_TAIL "$WORK/log/$name.log" | cut -c1-300
  done
}

# equal EXPECTED ACTUAL
equal() {
  [[ $1 == "$2" ]] && return 0
  printf 'expected %s\n     got %s\n' "$1" "$2"
  return 1
}

# same_lines EXPECTED ACTUAL: the same lines in the same order.
same_lines() { diff <(echo "$1") <(echo "$2"); }
