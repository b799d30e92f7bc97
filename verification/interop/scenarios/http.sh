# The protocol as curl sees it: headers, conditions, ranges, refusals, listings. Sourced.

# What clients accept. Debian's docker-registry answers an OCI image with 404 where the type is not named, and turns a
# Docker image into the long dead schema 1: a cache must name the types upstream whatever its client sends.
readonly ACCEPT="Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, */*"

run_http() {
  section "HTTP, by curl"
  check "http: a fresh cache starts" cache_fresh
  http_manifests
  http_blobs
  http_ranges
  http_errors
  http_listings
  http_upstream_stopped
  cache_stop
  section_end cache upstream
}

http_manifests() {
  local key repository tag digest type size file
  check "GET /v2/ answers as a registry" answers 200 "Docker-Distribution-Api-Version: registry/2.0" -- /v2/
  check "a cold manifest is not changed for a client that names no type" \
    answers 200 "Content-Type: $(image legacy .mediaType)" "body=$(image_file legacy "$(image legacy .digest)")" \
    -- /v2/library/legacy/manifests/2
  for key in tiny legacy many sbom heavy; do
    repository=$(image $key .repository) tag=$(image $key .tags[0]) digest=$(image $key .digest)
    type=$(image $key .mediaType) size=$(image $key .size) file=$(image_file $key "$digest")
    check "HEAD $repository:$tag returns type, length, digest and ETag" \
      answers 200 "Content-Type: $type" "Content-Length: $size" "Docker-Content-Digest: $digest" "ETag: \"$digest\"" \
      -- --head -H "$ACCEPT" "/v2/$repository/manifests/$tag"
    check "GET $repository:$tag returns the pushed bytes" \
      answers 200 "Content-Type: $type" "Content-Length: $size" "Docker-Content-Digest: $digest" "body=$file" \
      -- -H "$ACCEPT" "/v2/$repository/manifests/$tag"
    check "GET $repository by digest returns the pushed bytes, immutable" \
      answers 200 "Content-Type: $type" "Cache-Control: *immutable*" "body=$file" \
      -- -H "$ACCEPT" "/v2/$repository/manifests/$digest"
  done
  repository=$(image tiny .repository) digest=$(image tiny .digest)
  check "If-None-Match with the manifest's ETag: 304 without a body" \
    answers 304 "ETag: \"$digest\"" body=/dev/null \
    -- -H "$ACCEPT" -H "If-None-Match: \"$digest\"" "/v2/$repository/manifests/1"
  check "?ns= changes nothing" answers 200 "Docker-Content-Digest: $digest" \
    -- -H "$ACCEPT" "/v2/$repository/manifests/1?ns=docker.io"
}

http_blobs() {
  local repository blob size file
  repository=$(image large .repository)
  blob=$(image large '. as $image | .manifests[$image.digest].blobs | to_entries | min_by(.value) | .key')
  size=$(image large ". as \$image | .manifests[\$image.digest].blobs[\"$blob\"]")
  file=$(image_file large "$blob")
  upstream_mark
  check "HEAD of a cold blob returns its length" \
    answers 200 "Content-Length: $size" "Docker-Content-Digest: $blob" "Accept-Ranges: bytes" \
    -- --head "/v2/$repository/blobs/$blob"
  upstream_quiet
  check "HEAD of a cold blob downloads nothing" upstream_asked gets "$blob" 0
  check "GET of a blob: bytes, length, digest, ETag, immutable" \
    answers 200 "Content-Length: $size" "Docker-Content-Digest: $blob" "ETag: \"$blob\"" "Accept-Ranges: bytes" \
    "Cache-Control: *immutable*" "Content-Type: application/octet-stream" "body=$file" -- "/v2/$repository/blobs/$blob"
  check "a blob is never compressed" answers 200 "Content-Length: $size" !Content-Encoding "body=$file" \
    -- -H "Accept-Encoding: zstd, gzip, deflate" "/v2/$repository/blobs/$blob"
  check "If-None-Match with the blob's ETag: 304 without a body" answers 304 body=/dev/null \
    -- -H "If-None-Match: \"$blob\"" "/v2/$repository/blobs/$blob"
}

# slice FILE FIRST LENGTH: these bytes of the file, as a file.
slice() {
  tail -c "+$(($2 + 1))" "$1" | head -c "$3" >"$WORK/slice-$2-$3" || true
  echo "$WORK/slice-$2-$3"
}

http_ranges() {
  local repository blob size file path
  repository=$(image large .repository)
  blob=$(image large '. as $image | .manifests[$image.digest].blobs | to_entries | max_by(.value) | .key')
  size=$(image large ". as \$image | .manifests[\$image.digest].blobs[\"$blob\"]")
  file=$(image_file large "$blob")
  path=/v2/$repository/blobs/$blob
  # As clients do: the manifest says how large the blob is.
  check "the manifest of the blob" answers 200 -- "/v2/$repository/manifests/$(image large .digest)"
  upstream_mark
  check "a range of a cold blob: 206" \
    answers 206 "Content-Range: bytes 1000000-1000999/$size" "Content-Length: 1000" "body=$(slice "$file" 1000000 1000)" \
    -- --range 1000000-1000999 "$path"
  check "the first byte" answers 206 "Content-Range: bytes 0-0/$size" "body=$(slice "$file" 0 1)" -- --range 0-0 "$path"
  check "an open range, as Docker resumes" \
    answers 206 "Content-Range: bytes $((size - 5000))-$((size - 1))/$size" "body=$(slice "$file" $((size - 5000)) 5000)" \
    -- --range "$((size - 5000))-" "$path"
  check "a suffix" answers 206 "Content-Range: bytes $((size - 100))-$((size - 1))/$size" \
    "body=$(slice "$file" $((size - 100)) 100)" -- --range -100 "$path"
  check "a range past the end is shortened" answers 206 "Content-Range: bytes $((size - 10))-$((size - 1))/$size" \
    "Content-Length: 10" -- --range "$((size - 10))-$((size + 10))" "$path"
  check "a range beyond the end: 416" answers 416 "Content-Range: bytes \*/$size" -- --range "$size-" "$path"
  check "several ranges: multipart, or refused with 400" several_ranges "$file" "$path"
  check "a malformed range is ignored" answers 200 "Content-Length: $size" -- --head -H "Range: bytes=9-2" "$path"
  upstream_quiet
  check "for all of that, each byte was sent once" upstream_asked sent "$blob" "$size"
}

several_ranges() {
  local file=$1 path=$2
  answers "206|400" -- --range 0-9,500-519 "$path" || return 1
  grep -q "^HTTP/[0-9.]* 400" "$WORK/answer.head" && return 0
  has_header "Content-Type: multipart/byteranges; boundary=*" || { echo "expected multipart/byteranges"; return 1; }
  python3 - "$WORK/answer.body" "$(slice "$file" 0 10)" "$(slice "$file" 500 20)" <<-PYTHON
	import sys
	body, first, second = (open(path, "rb").read() for path in sys.argv[1:])
	sys.exit(0 if b"\r\n\r\n" + first + b"\r\n--" in body and b"\r\n\r\n" + second + b"\r\n--" in body else "a part is not the blob's bytes")
	PYTHON
}

http_errors() {
  local zeros long
  zeros=sha256:$(printf '0%.0s' {1..64})
  long=$(printf 'a%.0s' {1..9000})
  check "an unknown tag: 404 MANIFEST_UNKNOWN" answers 404 code=MANIFEST_UNKNOWN -- /v2/library/tiny/manifests/no-such
  check "an unknown manifest: 404 MANIFEST_UNKNOWN" answers 404 code=MANIFEST_UNKNOWN -- "/v2/library/tiny/manifests/$zeros"
  check "an unknown blob: 404 BLOB_UNKNOWN" answers 404 code=BLOB_UNKNOWN -- "/v2/library/tiny/blobs/$zeros"
  check "an unknown repository: 404" answers 404 'code=@(NAME|MANIFEST)_UNKNOWN' -- /v2/no/such/manifests/1
  check "a name in upper case" answers "400|404" code=NAME_INVALID -- /v2/Library/tiny/manifests/1
  check "a malformed digest" answers "400|404" code=DIGEST_INVALID -- /v2/library/tiny/blobs/sha256:abc
  check "a malformed tag" answers "400|404" 'code=*' -- /v2/library/tiny/manifests/.hidden
  check "a percent-encoded slash" answers "400|404" 'code=*' -- /v2/library%2Ftiny/manifests/1
  check "a NUL" answers "400|404" 'code=*' -- /v2/library/ti%00ny/manifests/1
  check "a path with .." answers "400|404" 'code=*' -- /v2/library/../../../etc/manifests/passwd
  check "an over-long path" answers "400|404|414" -- "/v2/$long/manifests/1"
  check "the cache still runs" answers 200 -- /v2/
  check "POST of an upload: 405" answers 405 code=UNSUPPORTED -- --request POST /v2/library/tiny/blobs/uploads/
  check "PUT of a manifest: 405" answers 405 code=UNSUPPORTED \
    -- --request PUT --data '{}' -H "Content-Type: application/vnd.oci.image.manifest.v1+json" /v2/library/tiny/manifests/mine
  check "DELETE of a manifest: 405" answers 405 code=UNSUPPORTED -- --request DELETE "/v2/library/tiny/manifests/$(image tiny .digest)"
  check "DELETE of a blob: 405" answers 405 code=UNSUPPORTED -- --request DELETE "/v2/library/tiny/blobs/$zeros"
}

# paged PATH FILTER: follows `Link` from PATH on and prints what FILTER takes from every page.
paged() {
  local next=$1 filter=$2 pages=0
  while [[ -n $next ]]; do
    curl --silent --show-error --fail --dump-header "$WORK/answer.head" --output "$WORK/answer.body" "$CACHE_URL$next" || return 1
    jq -er "$filter" "$WORK/answer.body" || return 1
    next=$(tr -d '\r' <"$WORK/answer.head" | sed -n 's/^[Ll]ink: *<\([^>]*\)>.*rel="\{0,1\}next.*/\1/p')
    next=/${next#*://*/}
    [[ $next == / ]] && next=
    next=${next//\/\//\/}
    ((++pages < 50)) || { echo "there are more than 50 pages"; return 1; }
  done
}

# paged_is EXPECTED PATH FILTER: all pages together are these lines, in this order.
paged_is() { same_lines "$1" "$(paged "$2" "$3")"; }

# paged_has EXPECTED PATH FILTER: the same in any order.
paged_has() { same_lines "$1" "$(paged "$2" "$3" | LC_ALL=C sort)"; }

http_listings() {
  local tags cached
  tags=$(image tiny '.tags | sort[]')
  # Debian's docker-registry knows no paging of tags and no order: it answers everything, whatever n is.
  check "tags/list equals that of upstream" paged_has "$tags" /v2/library/tiny/tags/list '.tags[]'
  check "tags/list in pages has the same tags" paged_has "$tags" "/v2/library/tiny/tags/list?n=2" '.tags[]'
  check "tags/list of an unknown repository: 404" answers 404 code=NAME_UNKNOWN -- /v2/no/such/tags/list
  cached=$(printf '%s\n' artifacts/heavy artifacts/sbom library/large library/legacy library/tiny team/project/sub/app)
  check "_catalog lists what is cached" paged_is "$cached" /v2/_catalog '.repositories[]'
  check "_catalog in pages of one, by Link" paged_is "$cached" "/v2/_catalog?n=1" '.repositories[]'
  check "_catalog after a given name" paged_is team/project/sub/app "/v2/_catalog?last=library/tiny" '.repositories[]'
}

http_upstream_stopped() {
  check "a second tag is cached" answers 200 -- -H "$ACCEPT" /v2/library/tiny/manifests/edge
  upstream_stop
  check "upstream stopped: a warm tag is answered" answers 200 "Docker-Content-Digest: $(image tiny .digest)" \
    -- -H "$ACCEPT" /v2/library/tiny/manifests/1
  check "upstream stopped: tags/list has the cached tags, in pages" paged_is $'1\nedge' "/v2/library/tiny/tags/list?n=1" '.tags[]'
  check "upstream stopped: an unknown tag is an error, not a 404" answers "502|503|504" 'code=*' \
    -- /v2/library/tiny/manifests/never-seen
  check "upstream stopped: a cold blob is an error, not a 404" answers "502|503|504" 'code=*' \
    -- "/v2/library/legacy/blobs/$(image legacy '[.manifests[].blobs | keys[]][0]')"
  upstream_start
}
