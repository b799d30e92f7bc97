# Which packages of the list `packages`, or of those that PACKAGE_LISTS names, are missing on this machine. Sourced.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Prints the missing packages, each once, in one line.
missing_packages() {
  local command package
  while read -r command package; do
    [[ $command == '#' ]] && continue
    PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || echo "$package"
  done < <(cat ${PACKAGE_LISTS:-"$here/packages"}) | sort -u | xargs
}
