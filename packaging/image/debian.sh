# The files that come from Debian's packages. Sourced.

declare -rA LIBRARY_PACKAGES=([libz.so.1]=zlib1g [libstdc++.so.6]=libstdc++6 [libgcc_s.so.1]=libgcc-s1)
# Loaded by name when a host is looked up, so no file needs them.
readonly RESOLVER_LIBRARIES=(libnss_files.so.2 libnss_dns.so.2 libresolv.so.2)

# debian_unpack PACKAGE: downloads it for $ARCH and unpacks it to $WORK/debian/PACKAGE.
debian_unpack() {
  local package=$1 directory=$WORK/debian/$1 download=$1:$ARCH
  [[ -e $directory ]] && return 0
  mkdir -p "$directory" "$WORK/downloads/$package"
  # For all architectures, so under no other one.
  [[ $package != ca-certificates ]] || download=$package
  # As root, apt-get downloads as another user, who may not write here. It says so and goes on.
  (cd "$WORK/downloads/$package" && apt-get download -qq "$download" 2>"$WORK/apt.log") || {
    cat "$WORK/apt.log" >&2
    fail "Cannot download Debian's package $download. For another architecture, see the top of packaging/image/build."
  }
  dpkg-deb -x "$WORK/downloads/$package/"*.deb "$directory"
  debian_record "$package"
}

# debian_record PACKAGE: where scanners look for packages in images without dpkg, and what the licences ask for.
debian_record() {
  local package=$1 status=$ROOT/var/lib/dpkg/status.d
  mkdir -p "$status" "$ROOT/usr/share/doc/$package"
  {
    dpkg-deb -f "$WORK/downloads/$package/"*.deb
    printf 'Status: install ok installed\n'
  } >"$status/$package"
  cp "$WORK/debian/$package/usr/share/doc/$package/copyright" "$ROOT/usr/share/doc/$package/" 2>/dev/null ||
    rmdir "$ROOT/usr/share/doc/$package"
}

# debian_library NAME PACKAGE: copies a library to where the loader finds it.
debian_library() {
  local file
  file=$(find "$WORK/debian/$2" -path "*/$TRIPLET/$1" | head -1)
  [[ -n $file ]] || fail "Debian's package $2 has no $1"
  mkdir -p "$ROOT/usr/lib/$TRIPLET"
  cp -L "$file" "$ROOT/usr/lib/$TRIPLET/$1"
}

# debian_libraries: the C library, and each library that a file of the runtime needs and the runtime does not have.
debian_libraries() {
  local library loader
  debian_unpack libc6
  case $ARCH in
    amd64) loader=lib64/ld-linux-x86-64.so.2 ;;
    arm64) loader=lib/ld-linux-aarch64.so.1 ;;
  esac
  mkdir -p "$ROOT/usr/lib64"
  ln -s usr/lib "$ROOT/lib"
  ln -s usr/lib64 "$ROOT/lib64"
  debian_library "${loader##*/}" libc6
  ln -s "/usr/lib/$TRIPLET/${loader##*/}" "$ROOT/usr/$loader"
  for library in "${RESOLVER_LIBRARIES[@]}"; do debian_library "$library" libc6; done
  while read -r library; do
    [[ -n $(find "$ROOT/opt/java" -name "$library") || -e $ROOT/usr/lib/$TRIPLET/$library ]] && continue
    if [[ -n ${LIBRARY_PACKAGES[$library]:-} ]]; then
      debian_unpack "${LIBRARY_PACKAGES[$library]}"
      debian_library "$library" "${LIBRARY_PACKAGES[$library]}"
    elif [[ -n $(find "$WORK/debian/libc6" -name "$library") ]]; then
      debian_library "$library" libc6
    else
      fail "The runtime needs $library, and packaging/image/debian.sh does not know the Debian package that has it"
    fi
  done < <(find "$ROOT/opt/java" -type f \( -name '*.so' -o -path '*/bin/*' \) -exec readelf -d {} + 2>/dev/null |
    sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
}

# debian_certificates: Mozilla's authorities, for the JVM, and as one PEM file for credential helpers.
debian_certificates() {
  local directory=$WORK/debian/ca-certificates/usr/share/ca-certificates/mozilla
  debian_unpack ca-certificates
  mkdir -p "$ROOT/etc/ssl/certs"
  (cd "$directory" && LC_ALL=C && cat -- *.crt) >"$ROOT/etc/ssl/certs/ca-certificates.crt"
  "$JDK/bin/java" "$here/TrustStore.java" "$directory" "$ROOT/opt/java/lib/security/cacerts"
}

# debian_system: what names the system and its users.
debian_system() {
  debian_unpack base-files
  cp "$WORK/debian/base-files/usr/lib/os-release" "$ROOT/usr/lib/os-release"
  ln -s ../usr/lib/os-release "$ROOT/etc/os-release"
  cat >"$ROOT/etc/passwd" <<-TEXT
	root:x:0:0:root:/:/sbin/nologin
	cistern:x:$USER_ID:$USER_ID:cistern:/var/lib/cistern:/sbin/nologin
	TEXT
  printf 'root:x:0:\ncistern:x:%s:\n' "$USER_ID" >"$ROOT/etc/group"
  printf 'hosts: files dns\n' >"$ROOT/etc/nsswitch.conf"
}
