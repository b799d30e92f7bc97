# The tools of the part `signatures`, which Debian has no packages of, and where they are. Sourced.

readonly INTEROP_TOOLS=${INTEROP_TOOLS:-$HOME/.cache/cistern-interop/bin}
readonly SIGNATURE_TOOLS=(oras regctl cosign referrers-registry)

# Prints the missing tools in one line.
missing_tools() {
  local tool
  for tool in "${SIGNATURE_TOOLS[@]}"; do
    [[ -x $INTEROP_TOOLS/$tool ]] || echo "$tool"
  done | xargs
}
