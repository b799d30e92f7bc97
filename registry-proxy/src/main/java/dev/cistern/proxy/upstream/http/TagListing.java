package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.memory.CompactNames;
import dev.cistern.proxy.upstream.TagList;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * Parses the answer of {@code tags/list}: {@code {"name": …, "tags": […]}}, while it is read. Some
 * registries send null for an empty list.
 */
final class TagListing {

  /** Of a tag, in characters. What is longer than a tag may be is ignored, up to this. */
  private static final int MAX_STRING = 1 << 20;

  /** Keeps no names of properties: a list that consists of them takes no memory. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(MAX_STRING).build())
          .build();

  private TagListing() {}

  /**
   * Parses one page.
   *
   * @param asked the request for it
   * @param linked the page that its {@code Link} header leads to
   * @throws ProtocolException also when the next page is this one: clients would never come to an
   *     end
   */
  static TagList parse(InputStream body, Page asked, Optional<Page> linked) throws IOException {
    CompactNames.Builder tags = read(body);
    Optional<Page> next = linked.isPresent() ? Optional.of(begin(linked.get(), tags)) : linked;
    if (next.isPresent() && next.get().beginsLike(asked)) {
      throw new ProtocolException(
          "its list of tags has no end: the link to the next page leads to the same page");
    }
    return new TagList(tags.build(), next);
  }

  /** A link without a place leads to what follows the last tag of its page. */
  private static Page begin(Page linked, CompactNames.Builder tags) throws ProtocolException {
    if (linked.last().isPresent() || linked.hasToken()) {
      return linked;
    }
    if (tags.isEmpty()) {
      throw new ProtocolException(
          "its list of tags has no end: an empty page has a link to the next page");
    }
    return new Page(linked.count(), Optional.of(tags.last()));
  }

  private static CompactNames.Builder read(InputStream body) throws IOException {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body)) {
      CompactNames.Builder tags = new CompactNames.Builder();
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw notAList();
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        boolean areTags = json.currentName().equals("tags");
        JsonToken value = json.nextToken();
        if (areTags) {
          tags = readTags(json, value);
        } else {
          json.skipChildren();
        }
      }
      return tags;
    } catch (JacksonIOException e) {
      throw e.getCause() instanceof CharConversionException ? notJson(e) : e.getCause();
    } catch (JacksonException e) {
      throw notJson(e);
    }
  }

  private static CompactNames.Builder readTags(JsonParser json, JsonToken value)
      throws ProtocolException {
    CompactNames.Builder tags = new CompactNames.Builder();
    if (value == JsonToken.VALUE_NULL) {
      return tags;
    }
    if (value != JsonToken.START_ARRAY) {
      throw notAList();
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_STRING) {
        throw new ProtocolException("its list of tags contains a value that is not a string");
      }
      String tag = json.getString();
      if (isTag(tag)) {
        tags.add(tag);
      }
    }
    return tags;
  }

  private static ProtocolException notJson(JacksonException cause) {
    ProtocolException failure = new ProtocolException("its list of tags is not JSON");
    failure.initCause(cause);
    return failure;
  }

  private static ProtocolException notAList() {
    return new ProtocolException("its answer is not a list of tags");
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
