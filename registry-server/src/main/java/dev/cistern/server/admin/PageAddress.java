package dev.cistern.server.admin;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Where the pages are. */
final class PageAddress {

  static final String STATUS = "/admin/";
  static final String REPOSITORY = "/admin/repository";
  static final String PURGE = "/admin/purge";

  private PageAddress() {}

  /** The address of a page with these parameters; those without a value are left out. */
  static String link(String path, Map<String, String> parameters) {
    StringBuilder link = new StringBuilder(path);
    parameters.entrySet().stream()
        .filter(parameter -> !parameter.getValue().isEmpty())
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            parameter ->
                link.append(link.indexOf("?") < 0 ? '?' : '&')
                    .append(parameter.getKey())
                    .append('=')
                    .append(URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8)));
    return link.toString();
  }
}
