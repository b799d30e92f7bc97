package dev.cistern.proxy.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.NamePage;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.BlockingTasks;
import dev.cistern.proxy.testing.Await;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("9. Requests for the catalog take one thread, however many they are")
class CatalogWalksTest {

  private final ContentStore store = new ContentStore(new MemoryDriver());
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final CatalogWalks catalog =
      new CatalogWalks(store, new BlockingTasks(tasks::add, "storage"));

  private static final Requester HERE = new Client(true);
  private static final Requester LEFT = new Client(false);

  private record Client(@Override boolean isWaiting) implements Requester {

    @Override
    public String client() {
      return "client";
    }
  }

  @BeforeEach
  void fill() throws IOException {
    store.link(new RepositoryName("library/alpine"), Digest.sha256(new byte[0]));
  }

  private CompletionStage<NamePage> ask(int page, Requester requester) {
    return catalog.repositories(
        "", new Page(OptionalInt.of(10), Optional.of("a" + page)), requester);
  }

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  @Test
  void oneThreadIsUsedHoweverManyPagesWait() {
    List<CompletionStage<NamePage>> pages = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      pages.add(ask(i, HERE));
    }
    assertThat(tasks).hasSize(1);
    runTasks();
    for (CompletionStage<NamePage> page : pages) {
      assertThat(Await.value(page).names()).containsExactly("library/alpine");
    }
  }

  @Test
  void aThousandClientsThatHaveLeftDoNotEndTheCatalog() {
    List<CompletionStage<NamePage>> left = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      left.add(ask(i, LEFT));
    }
    runTasks();
    assertThat(left)
        .allSatisfy(page -> assertThat(page.toCompletableFuture()).isCompletedExceptionally());

    CompletionStage<NamePage> later = ask(0, HERE);
    runTasks();
    assertThat(Await.value(later).names()).containsExactly("library/alpine");
  }

  @Test
  void withoutAThreadTheRequestsFailAndLaterOnesDoNot() {
    List<Boolean> refusals = new ArrayList<>();
    CatalogWalks refused =
        new CatalogWalks(
            store,
            new BlockingTasks(
                task -> {
                  if (refusals.isEmpty()) {
                    refusals.add(true);
                    throw new RejectedExecutionException("full");
                  }
                  task.run();
                },
                "storage"));
    assertThat(refused.repositories("", Page.FIRST, HERE).toCompletableFuture())
        .isCompletedExceptionally();
    assertThat(Await.value(refused.repositories("", Page.FIRST, HERE)).names()).hasSize(1);
  }
}
