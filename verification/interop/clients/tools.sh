# crane, oras and regctl: each copies every platform of an image into an OCI layout, from the cache by its address. Sourced.

tool_start() {
  mkdir -p "$WORK/tools"
  client_file "tools/$1.sh" >"$WORK/tools/$1.sh"
}

tool_pull() {
  local layout
  layout=$(tool_layout "$@")
  rm -rf "$layout"
  PATH=$PATH:$INTEROP_TOOLS sh "$WORK/tools/$1.sh" "$(cache_path "$2" "$3")" "$layout"
}

tool_layout() { echo "$WORK/tools/$1-$2${3//[:@]/-}"; }

# The digests that the layout names, if all that it has are the right bytes. Printed at once: who reads them may stop at
# the one that it looks for.
tool_digests() {
  local layout file
  layout=$(tool_layout "$@")
  for file in "$layout"/blobs/sha256/*; do
    echo "${file##*/}  $file"
  done | sha256sum --check --quiet && jq -r '.manifests[].digest' "$layout/index.json"
}

tool_forget() { rm -rf "$WORK/tools/$1-"*; }

for tool in crane oras regctl; do
  for function in start pull digests forget; do
    eval "${tool}_$function() { tool_$function $tool \"\$@\"; }"
  done
  eval "${tool}_scope() { echo all; }; ${tool}_stop() { :; }; ${tool}_reference() { cache_path \"\$@\"; }"
done
