package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Tag;
import dev.cistern.proxy.upstream.TagList;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Parses the answer of {@code tags/list}: {@code {"name": …, "tags": […]}}. Some registries send
 * null for an empty list.
 */
final class TagListing {

  private static final JsonMapper JSON = JsonMapper.shared();

  private TagListing() {}

  /**
   * Parses one page.
   *
   * @param next the target of the {@code Link} header
   */
  static TagList parse(byte[] body, Optional<HttpUrl> next) throws ProtocolException {
    JsonNode tags = read(body);
    List<String> valid = new ArrayList<>();
    for (JsonNode tag : tags) {
      if (!tag.isString()) {
        throw new ProtocolException("its list of tags contains a value that is not a string");
      }
      if (isTag(tag.stringValue())) {
        valid.add(tag.stringValue());
      }
    }
    return new TagList(valid, next.flatMap(url -> page(url, valid)));
  }

  private static JsonNode read(byte[] body) throws ProtocolException {
    try {
      JsonNode list = JSON.readTree(body);
      JsonNode tags = list.path("tags");
      if (list.isObject() && (tags.isArray() || tags.isNull() || tags.isMissingNode())) {
        return tags;
      }
      throw new ProtocolException("its answer is not a list of tags");
    } catch (JacksonException e) {
      ProtocolException failure = new ProtocolException("its list of tags is not JSON");
      failure.initCause(e);
      throw failure;
    }
  }

  /**
   * Uses only the parameters of the specification. Without {@code last}, the last tag of this page.
   */
  private static Optional<Page> page(HttpUrl next, List<String> tags) {
    Optional<String> last =
        Optional.ofNullable(next.queryParameter("last")).filter(value -> !value.isEmpty());
    if (last.isEmpty() && !tags.isEmpty()) {
      last = Optional.of(tags.get(tags.size() - 1));
    }
    OptionalInt count = count(next.queryParameter("n"));
    return last.map(tag -> new Page(count, Optional.of(tag)));
  }

  private static OptionalInt count(@Nullable String n) {
    return n != null && n.matches("[0-9]{1,9}")
        ? OptionalInt.of(Integer.parseInt(n))
        : OptionalInt.empty();
  }

  private static boolean isTag(String value) {
    try {
      Tag.parse(value);
      return true;
    } catch (RegistryException e) {
      return false;
    }
  }
}
