# What one HTTP request is answered, asked with curl. Sourced.

# answers TERM... -- CURL-ARGUMENT... PATH: asks the cache and compares. Every TERM must hold:
#   200            the status; 400|404 for one of several
#   Name: glob     a header, its value by a pattern; !Name: that there is no such header
#   body=FILE      the body is this file's bytes; sha256=HEX, that it has this hash
#   code=CODE      the body is the specification's error with this code; `code=*` for any
# The body is left in $WORK/answer.body.
answers() {
  local terms=() arguments path term status wrong=0
  while [[ $1 != -- ]]; do
    terms+=("$1")
    shift
  done
  shift
  arguments=("${@:1:$#-1}")
  path=${*: -1}
  : >"$WORK/answer.body"
  status=$(curl --silent --show-error --path-as-is --max-time 120 --output "$WORK/answer.body" \
    --dump-header "$WORK/answer.head" --write-out '%{http_code}' ${CA:+--cacert "$CA"} "${arguments[@]}" "$CACHE_URL$path") || return 1
  for term in "${terms[@]}"; do
    if ! holds "$term" "$status"; then
      echo "expected $term"
      wrong=1
    fi
  done
  if ((wrong)); then
    echo "got:"
    tr -d '\r' <"$WORK/answer.head"
    # curl puts the headers of a HEAD in the place of the body.
    cmp -s "$WORK/answer.head" "$WORK/answer.body" || head -c 300 "$WORK/answer.body" | cat -v
    return 1
  fi
}

holds() {
  local term=$1 status=$2
  case $term in
    [0-9]*) [[ "|$term|" == *"|$status|"* ]] ;;
    body=*) cmp "${term#body=}" "$WORK/answer.body" ;;
    sha256=*) equal "${term#sha256=}" "$(sha256sum <"$WORK/answer.body" | cut -d' ' -f1)" ;;
    code=*) has_code "${term#code=}" ;;
    !*) ! grep -qi "^${term#!}" "$WORK/answer.head" ;;
    *) has_header "$term" ;;
  esac
}

has_code() {
  local code
  code=$(jq -er '.errors[0] | select(.message | type == "string") | .code' "$WORK/answer.body") || return 1
  # shellcheck disable=SC2053 # the expectation is a pattern
  [[ $code == $1 ]]
}

has_header() {
  local name=${1%%:*} pattern=${1#*: } line
  while IFS= read -r line; do
    line=${line%$'\r'}
    # shellcheck disable=SC2053 # the expectation is a pattern
    [[ ${line,,} == "${name,,}:"* && ${line#*: } == $pattern ]] && return 0
  done <"$WORK/answer.head"
  return 1
}
