# A load balancer before the caches, and clients that pull through it again and again. Sourced.

# balancer_configuration FRONT-PORT PORT...: of HAProxy, on standard output.
balancer_configuration() {
  cat <<END
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
frontend registry
  bind 127.0.0.1:$1
  default_backend caches
backend caches
  option httpchk GET /readyz
  default-server check inter 200ms fall 1 rise 1
END
  shift
  local port
  for port in "$@"; do echo "  server cache-$port 127.0.0.1:$port"; done
}

# pull_until_end NAME IMAGE...: pulls the images in turns until the file $work/end exists. Each pull is a line of $work/pulls.
pull_until_end() {
  local name=$1 image
  shift
  while [ ! -e "$work/end" ]; do
    for image in "$@"; do
      if "$crane" pull --insecure "$image" "$work/image$name.tar" 2>>"$work/failed.log"; then
        echo ok >>"$work/pulls"
      else
        echo failed >>"$work/pulls"
      fi
    done
  done
}
