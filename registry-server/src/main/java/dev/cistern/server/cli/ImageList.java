package dev.cistern.server.cli;

import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import dev.cistern.server.http.Routing;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/** The images that the arguments and a file name, each once, in their order. */
final class ImageList {

  private static final int MAX_LENGTH = 500;

  private final Routing routing;
  private final List<WantedImage> images = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * @param routing knows the upstreams, and what {@code alpine} means
   */
  ImageList(Routing routing) {
    this.routing = routing;
  }

  /** Adds a name of the command line. */
  void add(String name) {
    add(name, "");
  }

  /**
   * Adds the names in a text. They are separated by spaces or line breaks. What follows a {@code #}
   * at the start of a line or after a space is a comment. It may begin with a byte order mark.
   *
   * @param file its name, for messages
   */
  void read(Reader text, String file) throws IOException {
    BufferedReader lines = new BufferedReader(text);
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (number == 1 && line.startsWith("\ufeff")) {
        line = line.substring(1);
      }
      for (String name : line.replaceFirst("(^|\\s)#.*", "").strip().split("\\s+", -1)) {
        if (!name.isEmpty()) {
          add(name, file + ":" + number + ": ");
        }
      }
    }
  }

  private void add(String name, String place) {
    try {
      WantedImage image = WantedImage.parse(name, routing);
      if (images.stream().noneMatch(image::isSame)) {
        images.add(image);
      }
    } catch (RegistryException e) {
      problems.add(
          Printable.line(
              place
                  + "'"
                  + name
                  + "' is not the name of an image such as alpine:3.20: "
                  + e.getMessage(),
              MAX_LENGTH));
    }
  }

  /** The images. */
  List<WantedImage> images() {
    return List.copyOf(images);
  }

  /** What is wrong with the other names: a line for each. */
  List<String> problems() {
    return List.copyOf(problems);
  }
}
