#!/bin/sh
# Makes data/ anew: two of Distribution's registries on loopback, one of them a cache of the other.
# Needs docker-registry, skopeo, curl and python3.
set -eu
cd "$(dirname "$0")"
W=$(mktemp -d); mkdir -p $W/up $W/cache
python3 make-layout.py $W/layout
port() { python3 -c 'import socket;s=socket.socket();s.bind(("127.0.0.1",0));print(s.getsockname()[1])'; }
UP=$(port); PX=$(port)
cat > $W/up.yml <<E
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $W/up}}
http: {addr: 127.0.0.1:$UP}
E
cat > $W/px.yml <<E
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $W/cache}}
http: {addr: 127.0.0.1:$PX}
proxy: {remoteurl: http://127.0.0.1:$UP}
E
docker-registry serve $W/up.yml > $W/up.log 2>&1 & UPPID=$!
trap 'kill $UPPID ${PXPID:-} || true' EXIT
for i in $(seq 50); do curl -sf http://127.0.0.1:$UP/v2/ >/dev/null && break; sleep 0.1; done
docker-registry serve $W/px.yml > $W/px.log 2>&1 & PXPID=$!
for i in $(seq 50); do curl -sf http://127.0.0.1:$PX/v2/ >/dev/null && break; sleep 0.1; done
skopeo copy -q --all --dest-tls-verify=false oci:$W/layout:1.0 docker://127.0.0.1:$UP/library/tiny:1.0
skopeo copy -q --all --dest-tls-verify=false oci:$W/layout:1.0 docker://127.0.0.1:$UP/team/deep/er/tiny:edge
skopeo copy -q --all --src-tls-verify=false docker://127.0.0.1:$PX/library/tiny:1.0 dir:$W/out1
skopeo copy -q --src-tls-verify=false docker://127.0.0.1:$PX/team/deep/er/tiny:edge dir:$W/out2
sleep 8   # the proxy stores behind its answer, and its schedule every five seconds
rm -rf data; cp -r $W/cache data
find data -type d -empty -delete
rm -rf $W
