import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ConstantPool;
import java.lang.classfile.constantpool.PoolEntry;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prints the lines of a list of classes that name resolved constants (@cp), with only those
 * constants that are call sites of lambdas and the like. Which other ones have been resolved
 * depends on the time.
 *
 * <pre>java CallSites.java RUNTIME JAR LIST</pre>
 */
final class CallSites implements AutoCloseable {

  private static final String RESOLVED = "@cp ";

  private final FileSystem runtime;
  private final JarFile jar;

  private CallSites(String runtime, String jar) throws IOException {
    this.runtime = FileSystems.newFileSystem(URI.create("jrt:/"), Map.of("java.home", runtime));
    this.jar = new JarFile(jar);
  }

  public static void main(String[] arguments) throws IOException {
    try (CallSites sites = new CallSites(arguments[0], arguments[1])) {
      for (String line : Files.readAllLines(Path.of(arguments[2]))) {
        if (line.startsWith(RESOLVED)) {
          sites.of(line).ifPresent(System.out::println);
        }
      }
    }
  }

  /** A line is {@code @cp java/lang/Integer 1 3 17}. */
  private Optional<String> of(String line) throws IOException {
    String[] words = line.split(" ");
    ConstantPool constants = ClassFile.of().parse(file(words[1])).constantPool();
    String sites =
        Arrays.stream(words)
            .skip(2)
            .filter(
                index ->
                    constants.entryByIndex(Integer.parseInt(index)).tag()
                        == PoolEntry.TAG_INVOKE_DYNAMIC)
            .collect(Collectors.joining(" "));
    return sites.isEmpty() ? Optional.empty() : Optional.of(RESOLVED + words[1] + " " + sites);
  }

  private byte[] file(String name) throws IOException {
    String path = name + ".class";
    if (jar.getEntry(path) != null) {
      try (InputStream in = jar.getInputStream(jar.getEntry(path))) {
        return in.readAllBytes();
      }
    }
    try (Stream<Path> modules = Files.list(runtime.getPath("modules"))) {
      Path found =
          modules
              .map(module -> module.resolve(path))
              .filter(Files::exists)
              .findFirst()
              .orElseThrow(() -> new IOException("Neither the jar nor the runtime has " + path));
      return Files.readAllBytes(found);
    }
  }

  @Override
  public void close() throws IOException {
    jar.close();
    runtime.close();
  }
}
