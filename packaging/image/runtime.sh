# The JVM, the server, and the archive of its classes. Sourced.

# What the server's classes use. jdeps also names java.desktop and java.sql: libraries have classes for their types, which
# the server never loads. jdk.crypto.ec has the elliptic curves before JDK 22; later it is empty. jdk.naming.dns is for
# domain names that have SRV and TXT records, which the server does not ask for. jdk.net is for the driver for buckets.
readonly MODULES=java.base,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.xml,jdk.crypto.ec,jdk.management,jdk.net,jdk.unsupported
readonly ARCHIVE=/usr/lib/cistern/cistern.jsa
# The first LTS release whose archives can have linked classes.
readonly LINKING=25
readonly DUMP_HEAP=8g

# Options that come before JAVA_TOOL_OPTIONS and the command line, so both override them. Half of the container's memory
# is for the heap, which grows when the collector needs more than a twentieth of the time. When memory has run out, the JVM
# ends with the exit code 3. Programs besides the server, such
# as keytool, cannot use the archive: no word about it.
readonly OPTIONS="-Xlog:cds=off -XX:SharedArchiveFile=$ARCHIVE -XX:+UseParallelGC -XX:GCTimeRatio=19 -XX:MaxRAMPercentage=50 -Xms24m -XX:-UsePerfData -XX:+ExitOnOutOfMemoryError"

runtime_options() {
  printf '%s' "$OPTIONS"
  # The name of the log since JDK 24.
  ((FEATURE < 24)) || printf ' -Xlog:aot=off'
}

runtime_link() {
  "$JDK/bin/jlink" ${JMODS:+--module-path "$JMODS"} --add-modules "$MODULES" --add-options "$(runtime_options)" \
    --strip-java-debug-attributes --no-man-pages --no-header-files --output "$ROOT/opt/java"
}

# The jar is a program: the kernel starts its first line, and the JVM takes a jar that begins with other bytes.
runtime_application() {
  {
    printf '#!/opt/java/bin/java -jar\n'
    cat "$JAR"
  } >"$ROOT/usr/bin/cistern"
  chmod 755 "$ROOT/usr/bin/cistern"
  mkdir -p "$ROOT/etc/cistern" "$ROOT/var/lib/cistern" "$ROOT/etc/docker"
  cp "$repository/packaging/config.yml" "$ROOT/etc/cistern/config.yml"
  cp "$repository/LICENSE" "$ROOT/usr/lib/cistern/LICENSE"
  # Not beside the program, where each start would read it.
  mkdir -p "$ROOT/$DRIVERS"
  install -m 644 "$DRIVER" "$ROOT/$DRIVERS/cistern-s3-driver.jar"
  # Where the image of Distribution's registry has its configuration (2 and 3) and its data: who mounts a file, a directory
  # or a volume there mounts it here.
  ln -s /etc/cistern "$ROOT/etc/docker/registry"
  ln -s /etc/cistern "$ROOT/etc/distribution"
  ln -s /var/lib/cistern "$ROOT/var/lib/registry"
  chmod 1777 "$ROOT/tmp"
}

times_of_the_commit() { find "$ROOT" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }

# in_root COMMAND...: runs it in the image's root, as the JVM takes an archive only for a jar of the same path.
in_root() {
  local user=()
  [[ $(id -u) == 0 ]] || user=(--map-root-user)
  unshare "${user[@]}" --mount --pid --fork --kill-child --mount-proc="$ROOT/proc" -- \
    env -i TMPDIR=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$ROOT" "$@"
}

# A static archive (JEP 310) from a list of classes: the same list gives the same bytes, but for the times of soft references. Archives that
# are written at exit and AOT caches (JEP 483) differ at each run, also by the addresses of classes.
runtime_archive() {
  local java=/opt/java/bin/java
  if [[ $ARCH != "$MACHINE" ]]; then
    local emulator
    emulator=$(command -v "qemu-$([[ $ARCH == arm64 ]] && echo aarch64 || echo x86_64)-static") || {
      say "no emulator of $ARCH (Debian's package qemu-user-static): the image has no archive of classes and starts slower"
      return 0
    }
    cp "$emulator" "$ROOT/emulator"
    java="/emulator $java"
  fi
  # Of a start alone: which classes a fetch needs depends on the time. The list has no addresses of constants (@cp) and no
  # numbers: they depend on the order in which threads load classes.
  # shellcheck disable=SC2086 # the emulator and its argument
  in_root $java -Xshare:off -XX:DumpLoadedClassList=/tmp/classes -cp /usr/bin/cistern dev.cistern.server.WarmUp start
  # Whether a recording has the classes of memory segments depends on the time. So do those by which Undertow gives buffers back
  # when it stops, and those by which the JVM warns of that.
  sed -i -E -e '\#^(@[a-z-]+ )?(java/lang/foreign/MemorySegment|jdk/internal/foreign/MemorySession)#d' \
    -e '\#^(@[a-z-]+ )?(io/undertow/server/DirectByteBufferDeallocator|java/util/WeakHashMap\$(Entry|HashIterator))#d' \
    -e '\#^(@[a-z-]+ )?(java/util/concurrent/ConcurrentLinkedQueue test|java/util/concurrent/ConcurrentLinkedQueue [0-9])#d' \
    -e '\#^(@[a-z-]+ )?(sun/misc/Unsafe|java/lang/Stack(StreamFactory|Walker.ExtendedOption)|java/util/stream/WhileOps)#d' \
    -e '/^@lambda-form-invoker .* identity_L LL_L/d' "$ROOT/tmp/classes"
  sed -e '/^#/d' -e '/^@cp /d' -e 's/ id: .*//' "$ROOT/tmp/classes" | sort -u >"$ROOT/tmp/sorted"
  if ((FEATURE < LINKING)); then runtime_dump -Xlog:disable >/dev/null; else runtime_dump_linked; fi
  rm -rf "$ROOT/emulator" "$ROOT"/tmp/*
  [[ -s $ROOT$ARCHIVE ]] || fail "The JVM wrote no archive of classes"
  # The JVM makes it writable by its owner alone, by the mask of the process or without any.
  chmod 644 "$ROOT$ARCHIVE"
}

# With classes that are linked already, and lambdas with their call sites (JEP 483), it answers after two thirds of the time.
runtime_dump_linked() {
  "$JDK/bin/java" "$here/CallSites.java" "$ROOT/opt/java" "$ROOT/usr/bin/cistern" "$ROOT/tmp/classes" | sort >>"$ROOT/tmp/sorted"
  runtime_dump -XX:+AOTClassLinking -Xlog:disable -Xlog:aot+map=debug,aot+map+oops=trace:stdout:none |
    "$JDK/bin/java" "$here/SoftReferenceTimes.java" "$ROOT$ARCHIVE"
}

# runtime_dump OPTION...: only G1 writes objects of the heap into the archive: strings, modules, and the classes' mirrors. All
# collectors but ZGC can read them, in heaps below 32 GiB. The archive records the largest heap of the JVM that writes it: without a
# fixed one, that would depend on this machine.
runtime_dump() {
  # shellcheck disable=SC2086
  in_root $java -XX:-UseParallelGC -XX:+UseG1GC -Xmx$DUMP_HEAP -Xshare:dump "$@" -Xlog:all=error:stderr -XX:SharedClassListFile=/tmp/sorted \
    -XX:SharedArchiveFile=$ARCHIVE -cp /usr/bin/cistern
}
