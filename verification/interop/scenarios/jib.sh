# Jib builds the same image over a base image from the cache as over the upstream's: cold, warm and with the upstream stopped.

run_jib() {
  local direct phase base
  section "Jib"
  base=$(image tiny .repository):$(image tiny '.tags[0]')
  check "jib: builds over the upstream's image" jib_build "$UPSTREAM_HOST/$base"
  direct=$(jib_build "$UPSTREAM_HOST/$base")
  check "jib: a fresh cache starts" cache_fresh
  for phase in cold warm stopped; do
    [[ $phase != stopped ]] || upstream_stop
    check "jib, $phase: the image is the same" equal "$direct" "$(jib_build "$CACHE_HOST/$base")"
  done
  cache_stop
  upstream_start
  section_end cache upstream
}
