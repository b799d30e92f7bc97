#!/usr/bin/env bash
# What `run` runs in the sandbox: suite.sh PART...
set -euo pipefail
disk=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$disk/../interop
for part in "$here"/{inside.sh,servers/{processes,upstream,slow_link}.sh,checks/check.sh} \
  "$disk"/{cache.sh,scenarios/{images,full,interrupted,shared,million}.sh}; do
  # shellcheck source=/dev/null
  . "$part"
done

set_up_sandbox
trap stop_all EXIT

# content_fill: pushes what is to be pulled, and notes it in $WORK/content: NAME DIGEST SIZE, the digest being a blob's.
content_fill() {
  "$disk/content.py" "$WORK/layouts" >"$WORK/content"
  local name
  while read -r name _ _; do
    "$here/images/push.py" "$WORK/layouts/$name" "$UPSTREAM_HOST" "disk/$name" v1
  done <"$WORK/content"
  rm -rf "$WORK/layouts"
}

section "upstream: docker-registry with 8 images of 16 MiB, a blob of 96 MiB and one of 48 MiB"
check "upstream starts" upstream_start
check "upstream takes the content" content_fill
section_end upstream

for part in "$@"; do
  started=$SECONDS
  "run_$part"
  echo "      ($part took $((SECONDS - started)) s)"
done

upstream_stop
stop_all
check "all started processes have ended" only_this_process
touch "$WORK/finished"
