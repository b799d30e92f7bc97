# The upstream: Debian's docker-registry, filled with the suite's images. Its access log is what requests are counted by.

readonly UPSTREAM_LOG=$WORK/log/upstream.log

# upstream_start: starts it over the data it had before, if any.
upstream_start() {
  cat >"$WORK/upstream.yml" <<-YAML
	version: 0.1
	log: {level: warn, accesslog: {disabled: false}}
	storage: {filesystem: {rootdirectory: $WORK/upstream}}
	http: {addr: "$UPSTREAM_HOST", secret: interop}
	YAML
  spawn upstream docker-registry serve "$WORK/upstream.yml"
  ready upstream curl -fsS "http://$UPSTREAM_HOST/v2/"
}

upstream_stop() { stop upstream; }

# upstream_fill [KEY...]: builds the images and pushes them, by default all.
upstream_fill() {
  "$here/images/build.py" "$WORK/images" "$ARCHITECTURE" "$@"
  local key
  (($# > 0)) || set -- tiny legacy large many sbom heavy storm
  for key in "$@"; do
    # skopeo takes OCI images from a layout; Docker's types and artifacts it would change or refuse.
    case $key in
      large | many)
        skopeo --insecure-policy copy --quiet --all --preserve-digests --dest-tls-verify=false \
          "oci:$WORK/images/$key:$(image $key .tags[0])" "docker://$UPSTREAM_HOST/$(image $key .repository):$(image $key .tags[0])"
        ;;
      *)
        # shellcheck disable=SC2046 # one word a tag
        "$here/images/push.py" "$WORK/images/$key" "$UPSTREAM_HOST" "$(image $key .repository)" $(image $key '.tags[]')
        ;;
    esac
  done
}

# image KEY FILTER: a fact about an image, by jq.
image() { jq -r ".[\"$1\"] | $2" "$WORK/images/images.json"; }

# image_file KEY DIGEST: the file of the layout that holds these bytes.
image_file() { echo "$WORK/images/$1/blobs/${2/://}"; }

# upstream_mark: what upstream is asked from now on is what `upstream_asked` judges.
upstream_mark() { UPSTREAM_MARK=$(stat -c %s "$UPSTREAM_LOG"); }

# upstream_asked EXPECTATION ARGUMENT...: see checks/upstream_log.py.
upstream_asked() { "$here/checks/upstream_log.py" "$UPSTREAM_LOG" "$UPSTREAM_MARK" "$WORK/images/images.json" "$@"; }

# upstream_quiet [LOG...]: waits until upstream's log, and these, have not grown for half a second: a request is logged
# when it has ended.
upstream_quiet() {
  local before=-1 now
  now=$(stat -c %s "$UPSTREAM_LOG" "$@")
  while [[ $now != "$before" ]]; do
    before=$now
    sleep 0.5
    now=$(stat -c %s "$UPSTREAM_LOG" "$@")
  done
}
