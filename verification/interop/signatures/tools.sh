# The tools that Debian has no packages of, and where they are. Sourced.

readonly INTEROP_TOOLS=${INTEROP_TOOLS:-$HOME/.cache/cistern-interop/bin}
readonly SIGNATURE_TOOLS=(oras regctl cosign referrers-registry)
# The part `registries` uses these, oras and regctl if they are there.
readonly CLIENT_TOOLS=(crane buildkitd buildctl)
# The part `s3` needs these: a bucket over a directory, and Distribution's registry 3.1.
readonly BUCKET_TOOLS=(versitygw distribution)
# The part `lazy` needs these, and uses the tools of nydus if they are there.
readonly LAZY_TOOLS=(lazy soci lazy-soci lazy-chunked)
readonly NYDUS_TOOLS=(nydusd nydus-image)

# missing_tools [TOOL...]: prints the missing ones in one line; by default of those that the part `signatures` needs.
missing_tools() {
  local tool
  (($# > 0)) || set -- "${SIGNATURE_TOOLS[@]}"
  for tool in "$@"; do
    [[ -x $INTEROP_TOOLS/$tool ]] || echo "$tool"
  done | xargs
}
