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

# The digests that the layout names, and has with the right bytes.
tool_digests() {
  local layout digest
  layout=$(tool_layout "$@")
  for digest in $(jq -r '.manifests[].digest' "$layout/index.json"); do
    equal "${digest#*:}" "$(sha256sum <"$layout/blobs/${digest/://}" | cut -d' ' -f1)" && echo "$digest"
  done
}

tool_forget() { rm -rf "$WORK/tools/$1-"*; }

for tool in crane oras regctl; do
  for function in start pull digests forget; do
    eval "${tool}_$function() { tool_$function $tool \"\$@\"; }"
  done
  eval "${tool}_scope() { echo all; }; ${tool}_stop() { :; }; ${tool}_reference() { cache_path \"\$@\"; }"
done
