#!/usr/bin/env bash
# What `run` runs in the sandbox: inside.sh ROW...
#
# Each row runs in a shell of its own, starts what it needs and ends it. What is measured goes to $WORK/raw.csv, a line a
# figure: row,variant,subject,metric,run,value. A row that fails leaves a line in $WORK/failed.csv, and no figure counts.
set -euo pipefail
shopt -s extglob
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$bench/../interop
for part in "$here"/{inside.sh,servers/{processes,slow_link}.sh,clients/{files,docker,containerd}.sh} \
  "$bench"/{servers/{nginx,caches}.sh,clients/{measure,pulls}.sh,rows/{rows,manifests,blobs,cold,distant,mixed,other}.sh}; do
  # shellcheck source=/dev/null
  . "$part"
done

set_up_sandbox
ulimit -n "$(ulimit -Hn)"
"$bench/report/machine.py" "$CISTERN_JAR" >"$WORK/machine.json"
"$bench/content/build.py" "$WORK/www" "$(dpkg --print-architecture)" >"$WORK/content.json"

for ROW in "$@"; do
  started=$SECONDS
  printf '\n== %s\n' "$ROW"
  # Not `row || ...`: that would switch off the end of the row at its first failure.
  set +e
  (
    set -e
    PIDS=()
    trap 'stop_all' EXIT
    "row_${ROW//-/_}"
    cisterns_stop
  )
  code=$?
  set -e
  if ((code != 0)); then
    echo "FAIL  this row stopped before its end"
    echo "$ROW" >>"$WORK/failed.csv"
    for log in "$WORK"/log/*.log; do
      [[ -s $log ]] && printf -- '---- %s\n' "${log##*/}" && tail -n 5 "$log" | cut -c1-300
    done
  fi
  rm -rf "$WORK"/data "$WORK"/log/*.log
  echo "      ($ROW took $((SECONDS - started)) s)"
done
touch "$WORK/finished"
