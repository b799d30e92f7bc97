# Clients that pull whole images: one that only asks, the Docker daemon, and containerd. Sourced.
#
# The two daemons unpack on the same cores, layer after layer. Layers lie over each other where the machine can do that: copies
# of all layers below, which work everywhere, would hide what is measured.

# images_to_pull COUNT LAYER-BYTES: tagged $ROW-0 and so on. The upstream must know the tags when it starts.
images_to_pull() {
  "$bench/content/images.py" "$WORK/www" "$(dpkg --print-architecture)" "$1" "$2" "$ROW" >"$WORK/layers"
}

forget_images() { xargs rm -f <"$WORK/layers"; }

# pulls SUBJECT...: pulls through each subject with each client, an image of its own in each run, so that no cache has it.
pulls() {
  local subject
  for subject in "$@"; do requests_of "$subject" "$ROW-0" >/dev/null; done
  alternately "$@" -- note_pull requests requests_of 0
  daemons_start
  timed_docker direct "$ROW-0" >/dev/null
  timed_containerd direct "$ROW-0" >/dev/null
  alternately "$@" -- note_pull docker timed_docker "$RUNS"
  alternately "$@" -- note_pull containerd timed_containerd $((2 * RUNS))
  forget_images
}

note_pull() {
  local seconds
  seconds=$("$2" "$4" "$ROW-$(($3 + RUN))")
  note "$ROW" "$1" "$4" seconds "$seconds"
}

requests_of() { "$bench/clients/pull.py" "$(address "$1")" bench/app "$2"; }

daemons_start() {
  local overlay
  overlay=$(can_overlay)
  CACHE_URL=http://$CACHE_HOST DOCKER_STORAGE=${overlay:+overlay2} docker_start
  SNAPSHOTTER=${overlay:+overlayfs}
  CACHE_URL=http://$CACHE_HOST containerd_start
  echo "      the daemon's storage driver is $(docker info --format '{{.Driver}}')"
}

# A daemon that fails is no fast one: without a figure there is nothing to note, and the row ends.
timed_docker() {
  local url
  url=$(address "$1")
  timed docker pull --quiet "${url#http://}/bench/app:$2" || return
  docker image prune --all --force >/dev/null || return
  [[ -z $(docker image ls --all --quiet) ]]
}

# As many layers at once as kubelets and the Docker daemon ask for.
timed_containerd() {
  local url reference
  url=$(address "$1")
  reference=${url#http://}/bench/app:$2
  timed containerd_ctr images pull --snapshotter "${SNAPSHOTTER:-native}" --plain-http --max-concurrent-downloads 3 "$reference" ||
    return
  containerd_ctr images rm --sync "$reference" >/dev/null || return
  [[ -z $(containerd_ctr content ls --quiet) ]]
}

# timed COMMAND...: the seconds that it takes, on standard output. Fails as it does.
timed() {
  local started ended
  started=$(date +%s%N)
  "$@" >/dev/null || return
  ended=$(date +%s%N)
  awk -v ns=$((ended - started)) 'BEGIN { print ns / 1e9 }'
}

can_overlay() {
  local try=$WORK/overlay
  mkdir -p "$try"/{lower,upper,work,merged}
  if mount -t overlay overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" 2>/dev/null; then
    umount "$try/merged"
    echo yes
  fi
}
