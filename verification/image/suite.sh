#!/usr/bin/env bash
# What `run` runs in the sandbox.
set -euo pipefail
suite=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$suite/../interop
for part in "$here"/{inside.sh,servers/{processes,upstream}.sh,checks/check.sh,clients/{files,docker}.sh} "$suite"/{container,scenarios}.sh; do
  # shellcheck source=/dev/null
  . "$part"
done

set_up_sandbox
trap stop_all EXIT
ARCHITECTURE=$(dpkg --print-architecture)

section "podman runs the image"
check "upstream starts" upstream_start
check "upstream takes the images" upstream_fill
check "podman takes the image from the OCI layout" container_import
run_pull
run_start
run_paths
run_options
section_end upstream container

section "docker runs the image"
run_docker
section_end docker

upstream_stop
stop_all
check "all started processes have ended" only_this_process
touch "$WORK/finished"
