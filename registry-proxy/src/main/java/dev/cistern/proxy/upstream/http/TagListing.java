package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Tag;
import dev.cistern.proxy.upstream.CompactNames;
import dev.cistern.proxy.upstream.TagList;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.Optional;
import okhttp3.HttpUrl;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * Parses the answer of {@code tags/list}: {@code {"name": …, "tags": […]}}, while it is read. Some
 * registries send null for an empty list.
 */
final class TagListing {

  private static final JsonFactory JSON = new JsonFactory();

  private TagListing() {}

  /**
   * Parses one page.
   *
   * @param asked the request for it
   * @param next the target of the {@code Link} header
   * @throws ProtocolException also when the next page is this one: clients would never come to an
   *     end
   */
  static TagList parse(InputStream body, Page asked, Optional<HttpUrl> next) throws IOException {
    CompactNames.Builder tags = read(body);
    Optional<Page> page = next.isPresent() ? page(next.get(), tags) : Optional.empty();
    if (page.isPresent() && isSamePlace(page.get(), asked)) {
      throw new ProtocolException(
          "its list of tags has no end: the link to the next page leads to the same page");
    }
    return new TagList(tags.build(), page);
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
      throw e.getCause();
    } catch (JacksonException e) {
      ProtocolException failure = new ProtocolException("its list of tags is not JSON");
      failure.initCause(e);
      throw failure;
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

  private static ProtocolException notAList() {
    return new ProtocolException("its answer is not a list of tags");
  }

  /**
   * The query of the link, as it is: some registries have a token in it instead of {@code last}.
   * Without both, the next page begins after the last tag of this one.
   */
  private static Optional<Page> page(HttpUrl next, CompactNames.Builder tags)
      throws ProtocolException {
    String query = next.encodedQuery();
    Page page;
    try {
      page = query == null ? Page.FIRST : Page.parse(query);
    } catch (RegistryException e) {
      ProtocolException failure =
          new ProtocolException("the link to the next page of its tags is invalid");
      failure.initCause(e);
      throw failure;
    }
    if (page.last().isPresent() || !page.extra().isEmpty()) {
      return Optional.of(page);
    }
    return tags.isEmpty()
        ? Optional.empty()
        : Optional.of(new Page(page.count(), Optional.of(tags.last())));
  }

  /** Whether both begin at the same entry, whatever number of entries they ask for. */
  private static boolean isSamePlace(Page one, Page other) {
    return one.last().equals(other.last()) && one.extra().equals(other.extra());
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
