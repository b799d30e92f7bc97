package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Everything that the libraries export has a comment. The compiler checks what is in comments, but
 * not that there is one: its check for missing comments also demands a line for each parameter,
 * result and exception, of which most would only repeat a name.
 */
class ApiCommentsTest {

  @ParameterizedTest
  @ValueSource(strings = {"registry-api", "registry-storage", "registry-proxy"})
  void everyPublicTypeAndMemberHasAComment(String module) throws IOException {
    assertThat(uncommented(Path.of("..", module, "src", "main", "java"))).isEmpty();
  }

  private static List<String> uncommented(Path sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> paths = Files.walk(sources)) {
      List<Path> exported =
          paths
              .filter(path -> path.toString().endsWith(".java"))
              .filter(path -> !path.toString().contains("/internal/"))
              .filter(path -> !path.endsWith("module-info.java"))
              .toList();
      assertThat(exported).isNotEmpty();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(exported));
      List<String> missing = new ArrayList<>();
      for (CompilationUnitTree unit : task.parse()) {
        Comments comments = new Comments(DocTrees.instance(task), missing);
        for (Tree type : unit.getTypeDecls()) {
          if (type instanceof ClassTree declared && isVisible(declared.getModifiers())) {
            comments.check(new TreePath(new TreePath(unit), declared));
          }
        }
      }
      return missing;
    }
  }

  private static boolean isVisible(ModifiersTree modifiers) {
    Set<Modifier> flags = modifiers.getFlags();
    return flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED);
  }

  private record Comments(DocTrees trees, List<String> missing) {

    /** Checks a visible type and its visible members. */
    void check(TreePath path) {
      ClassTree type = (ClassTree) path.getLeaf();
      require(path, type.getSimpleName().toString());
      for (Tree member : type.getMembers()) {
        TreePath memberPath = new TreePath(path, member);
        if (member instanceof ClassTree nested && isVisible(type, nested.getModifiers())) {
          check(memberPath);
        } else if (member instanceof MethodTree method
            && isVisible(type, method.getModifiers())
            && !isOverride(method)
            && !isRecordConstructor(type, method)) {
          require(memberPath, type.getSimpleName() + "." + method.getName());
        } else if (member instanceof VariableTree field && isVisible(type, field.getModifiers())) {
          require(memberPath, type.getSimpleName() + "." + field.getName());
        }
      }
    }

    private void require(TreePath path, String name) {
      String comment = trees.getDocComment(path);
      if (comment == null || comment.isBlank()) {
        missing.add(path.getCompilationUnit().getPackageName() + "." + name);
      }
    }

    private static boolean isVisible(ClassTree type, ModifiersTree modifiers) {
      return ApiCommentsTest.isVisible(modifiers)
          || (type.getKind() == Tree.Kind.INTERFACE
              && !modifiers.getFlags().contains(Modifier.PRIVATE));
    }

    /** The comment of the record describes what its constructor takes. */
    private static boolean isRecordConstructor(ClassTree type, MethodTree method) {
      return type.getKind() == Tree.Kind.RECORD && method.getReturnType() == null;
    }

    private static boolean isOverride(MethodTree method) {
      return method.getModifiers().getAnnotations().stream()
          .anyMatch(annotation -> annotation.getAnnotationType().toString().equals("Override"));
    }
  }
}
