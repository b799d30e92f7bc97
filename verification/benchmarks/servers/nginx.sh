# nginx: once as the fast upstream, with a log of what it was asked, once as the file server that Cistern is measured by.
# Both serve the same tree, laid out as a registry's URLs are.

readonly NGINX_PORT=5004
readonly NGINX_TLS_PORT=5005
readonly NGINX_CACHE_PORT=5008
readonly SILENT_PORT=5009
readonly UPSTREAM_REQUESTS=$WORK/log/upstream-requests.log

# nginx_configure NAME ACCESS-LOG SERVER-LINES: what both have in common is what a careful operator sets for static files.
nginx_configure() {
  cat >"$WORK/$1.conf" <<-CONF
	daemon off;
	user root;
	worker_processes 2;
	worker_rlimit_nofile $(ulimit -n);
	pid $WORK/$1.pid;
	error_log $WORK/log/$1.log;
	events { worker_connections 8192; }
	http {
	  types { }
	  default_type application/octet-stream;
	  log_format asked '\$request_method \$uri \$status \$body_bytes_sent';
	  access_log $2;
	  sendfile on;
	  tcp_nopush on;
	  tcp_nodelay on;
	  keepalive_requests 100000000;
	  client_body_temp_path $WORK/tmp/$1-body;
	  proxy_temp_path $WORK/tmp/$1-proxy;
	  fastcgi_temp_path $WORK/tmp/$1-fastcgi;
	  uwsgi_temp_path $WORK/tmp/$1-uwsgi;
	  scgi_temp_path $WORK/tmp/$1-scgi;
	  map \$uri \$digest {
	    include $WORK/www-tags.map;
	    ~(?<of>sha256:[0-9a-f]+)$ \$of;
	  }
	  root $WORK/www;
	$3
	}
	CONF
}

readonly LOCATIONS='
  location = /v2/ { default_type application/json; return 200 "{}"; }
  location /v2/bench/app/manifests/ {
    default_type application/vnd.oci.image.manifest.v1+json;
    add_header Docker-Content-Digest $digest;
    add_header Docker-Distribution-Api-Version registry/2.0;
  }
  location /v2/bench/app/blobs/ {
    add_header Docker-Content-Digest $digest;
    add_header Docker-Distribution-Api-Version registry/2.0;
  }'

upstream_start() {
  nginx_configure upstream "$UPSTREAM_REQUESTS asked buffer=64k flush=200ms" "
  server {
    listen $UPSTREAM_HOST backlog=4096;
    $LOCATIONS
    location /v2/silent/ { proxy_pass http://127.0.0.1:$SILENT_PORT; proxy_read_timeout 1h; }
  }"
  spawn upstream nginx -c "$WORK/upstream.conf"
  ready upstream curl -fsS "http://$UPSTREAM_HOST/v2/"
}

# upstream_requests: how many requests for manifests the upstream has answered.
upstream_requests() {
  sleep 0.5 # the log is flushed every 0.2 s
  grep -c '/manifests/' "$UPSTREAM_REQUESTS" || true
}

nginx_start() {
  nginx_configure nginx off "
  server { listen 127.0.0.1:$NGINX_PORT backlog=4096; $LOCATIONS }
  server {
    listen 127.0.0.1:$NGINX_TLS_PORT ssl backlog=4096;
    ssl_certificate $WORK/tls/server.crt;
    ssl_certificate_key $WORK/tls/server.key;
    ssl_protocols TLSv1.3;
    $LOCATIONS
  }"
  certificate
  spawn nginx nginx -c "$WORK/nginx.conf"
  ready nginx curl -fsS "http://127.0.0.1:$NGINX_PORT/v2/"
}

# nginx as a cache of the upstream: it hashes nothing, and others wait for the one who fetches.
nginx_cache_start() {
  nginx_configure nginx-cache off "
  proxy_cache_path $WORK/data/$ROW-nginx-cache levels=1:2 keys_zone=blobs:8m max_size=64g inactive=1h use_temp_path=off;
  server {
    listen 127.0.0.1:$NGINX_CACHE_PORT backlog=4096;
    location / {
      proxy_pass http://upstream;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_cache blobs;
      proxy_cache_valid 200 1h;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 1h;
      proxy_cache_lock_age 1h;
    }
  }
  upstream upstream { server ${CACHE_UPSTREAM:-$UPSTREAM_HOST}; keepalive 8; }"
  mkdir -p "$WORK/data"
  spawn nginx-cache nginx -c "$WORK/nginx-cache.conf"
  ready nginx-cache curl -fsS "http://127.0.0.1:$NGINX_CACHE_PORT/v2/"
}

certificate() {
  [[ ! -e $WORK/tls/server.crt ]] || return 0
  mkdir -p "$WORK/tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext "subjectAltName=IP:127.0.0.1,DNS:localhost" \
    -keyout "$WORK/tls/server.key" -out "$WORK/tls/server.crt" 2>/dev/null
}
