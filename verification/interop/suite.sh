#!/usr/bin/env bash
# What `run` runs in the sandbox: suite.sh PART...
set -euo pipefail
shopt -s extglob
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for part in inside.sh signatures/tools.sh servers/{processes,upstream,registries,slow_link,cache,bucket}.sh checks/{check,answer}.sh \
  clients/{jib,files,containers,docker,containerd,podman,skopeo,buildah,buildkit,tools,phases,signatures,lazy}.sh \
  scenarios/{auth,jib,http,together,tls,directory,registries,storm,signatures,s3,lazy}.sh; do
  # shellcheck source=/dev/null
  . "$here/$part"
done

set_up_sandbox
trap stop_all EXIT
ARCHITECTURE=$(dpkg --print-architecture)

section "upstream: docker-registry with the suite's images"
check "upstream starts" upstream_start
check "upstream takes the images" upstream_fill
section_end upstream

for part in "$@"; do
  started=$SECONDS
  case $part in
    docker | containerd | podman | skopeo) run_client "$part" ;;
    *) "run_$part" ;;
  esac
  echo "      ($part took $((SECONDS - started)) s)"
done

upstream_stop
stop_all
check "all started processes have ended" only_this_process
touch "$WORK/finished"
