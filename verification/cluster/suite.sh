#!/usr/bin/env bash
# What `run` runs in the sandbox: suite.sh PART...
set -euo pipefail
shopt -s extglob
cluster=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$cluster/../interop
for part in "$here"/{inside.sh,servers/{processes,upstream,slow_link,bucket}.sh,checks/check.sh,clients/{files,docker,phases}.sh} \
  "$cluster"/{servers/nodes.sh,tables.sh,clients.sh,scenarios/{storm,compare,images,owner,partition,rolling,bucket,requests,hits}.sh} \
  "$cluster"/../{restart/balancer,benchmarks/clients/measure}.sh; do
  # shellcheck source=/dev/null
  . "$part"
done

set_up_sandbox
trap stop_all EXIT
ARCHITECTURE=$(dpkg --print-architecture)

section "upstream: docker-registry with an image of 30 layers and a blob of 64 MiB"
check "upstream starts" upstream_start
check "upstream takes the images" upstream_fill tiny legacy many storm
blob_facts
section_end upstream

for part in "$@"; do
  started=$SECONDS
  "run_$part"
  cluster_stop
  stop gateway
  slow_link_stop
  section_end node-1 node-2 node-3
  echo "      ($part took $((SECONDS - started)) s)"
done

upstream_stop
stop_all
check "all started processes have ended" only_this_process
touch "$WORK/finished"
