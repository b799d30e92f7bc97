package dev.cistern.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.JavaTypeVariable;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The dependencies that are allowed between modules, packages and libraries. Here for all modules,
 * because the server sees them all.
 */
@AnalyzeClasses(packages = "dev.cistern", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String API = "dev.cistern.api..";
  private static final String STORAGE = "dev.cistern.storage..";
  private static final String PROXY = "dev.cistern.proxy..";
  private static final String INTERNAL = "dev.cistern.proxy.internal..";
  private static final String HTTP_CLIENT = "dev.cistern.proxy.upstream.http..";
  private static final String SERVER = "dev.cistern.server..";

  private static final String[] UNDERTOW = {"io.undertow..", "org.xnio.."};
  private static final String[] OKHTTP = {"okhttp3..", "okio..", "kotlin.."};

  private static final DescribedPredicate<JavaClass> HIDDEN =
      resideInAnyPackage(INTERNAL, "com.google..", "tools.jackson..")
          .or(resideInAnyPackage(OKHTTP))
          .or(resideInAnyPackage(UNDERTOW))
          .as("an internal type or a library");

  @ArchTest
  static final ArchRule theApiDependsOnNoOtherModule =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(STORAGE, PROXY, SERVER);

  @ArchTest
  static final ArchRule storageDependsOnlyOnTheApi =
      noClasses()
          .that()
          .resideInAPackage(STORAGE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PROXY, SERVER);

  @ArchTest
  static final ArchRule theProxyDependsOnNeitherTheServerNorADriver =
      noClasses()
          .that()
          .resideInAPackage(PROXY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              SERVER, "dev.cistern.storage.filesystem..", "dev.cistern.storage.memory..");

  @ArchTest
  static final ArchRule onlyTheProxyUsesItsInternals =
      noClasses()
          .that()
          .resideOutsideOfPackage(PROXY)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(INTERNAL);

  @ArchTest
  static final ArchRule thePackagesOfTheProxyDoNotDependOnItsRoot =
      noClasses()
          .that()
          .resideInAPackage("dev.cistern.proxy.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.cistern.proxy");

  @ArchTest
  static final ArchRule onlyTheServerUsesUndertow =
      noClasses()
          .that()
          .resideOutsideOfPackage(SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(UNDERTOW);

  @ArchTest
  static final ArchRule onlyTheHttpClientUsesOkHttp =
      noClasses()
          .that()
          .resideOutsideOfPackage(HTTP_CLIENT)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(OKHTTP);

  @ArchTest
  static final ArchRule noPublicSignatureOfALibraryShowsWhatIsBehindIt =
      classes()
          .that()
          .resideInAnyPackage(API, STORAGE, PROXY)
          .and()
          .resideOutsideOfPackage(INTERNAL)
          .and(arePublic())
          .should(showNo(HIDDEN));

  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.cistern.(**)").should().beFreeOfCycles();

  private static DescribedPredicate<JavaClass> arePublic() {
    return DescribedPredicate.describe(
        "are public or protected, with all enclosing classes",
        type ->
            Stream.iterate(
                    Optional.of(type),
                    Optional::isPresent,
                    inner -> inner.get().getEnclosingClass())
                .allMatch(enclosing -> isVisible(enclosing.get().getModifiers())));
  }

  private static ArchCondition<JavaClass> showNo(DescribedPredicate<JavaClass> hidden) {
    return new ArchCondition<>("show no " + hidden.getDescription()) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        visibleTypes(type)
            .filter(hidden)
            .distinct()
            .forEach(
                shown ->
                    events.add(
                        SimpleConditionEvent.violated(
                            type, type.getName() + " shows " + shown.getName())));
      }
    };
  }

  /** The types that code sees when it extends, implements, calls or reads this class. */
  private static Stream<JavaClass> visibleTypes(JavaClass type) {
    Stream<JavaType> above =
        Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
    Stream<JavaClass> members =
        type.getMembers().stream()
            .filter(member -> isVisible(member.getModifiers()))
            .flatMap(ArchitectureTest::involvedTypes);
    return Stream.of(
            above.map(JavaType::getAllInvolvedRawTypes).flatMap(Set::stream),
            bounds(type.getTypeParameters()),
            members)
        .flatMap(types -> types);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaClass> involvedTypes(JavaMember member) {
    if (member instanceof JavaField field) {
      return field.getAllInvolvedRawTypes().stream();
    }
    JavaCodeUnit callable = (JavaCodeUnit) member;
    return Stream.of(
            callable.getAllInvolvedRawTypes().stream(),
            callable.getExceptionTypes().stream(),
            bounds(callable.getTypeParameters()))
        .flatMap(types -> types);
  }

  private static Stream<JavaClass> bounds(
      Collection<? extends JavaTypeVariable<?>> typeParameters) {
    return typeParameters.stream().flatMap(type -> type.getAllInvolvedRawTypes().stream());
  }
}
