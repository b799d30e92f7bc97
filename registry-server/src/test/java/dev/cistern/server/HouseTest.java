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
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** How the modules may know of each other and of libraries. */
@AnalyzeClasses(packages = "dev.cistern", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseTest {

  private static final String API = "dev.cistern.api..";
  private static final String STORAGE = "dev.cistern.storage..";
  private static final String PROXY = "dev.cistern.proxy..";
  private static final String SERVER = "dev.cistern.server..";

  private static final String[] HIDDEN_LIBRARIES = {
    "okhttp3..", "okio..", "com.google..", "io.undertow..", "org.xnio..", "tools.jackson.."
  };

  @ArchTest
  static final ArchRule apiKnowsNoOtherModule =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(STORAGE, PROXY, SERVER);

  @ArchTest
  static final ArchRule storageKnowsOnlyTheApi =
      noClasses()
          .that()
          .resideInAPackage(STORAGE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(PROXY, SERVER);

  @ArchTest
  static final ArchRule proxyDoesNotKnowTheServer =
      noClasses()
          .that()
          .resideInAPackage(PROXY)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(SERVER);

  @ArchTest
  static final ArchRule onlyTheServerKnowsUndertow =
      noClasses()
          .that()
          .resideOutsideOfPackage(SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.undertow..", "org.xnio..");

  @ArchTest
  static final ArchRule onlyTheUpstreamPackageKnowsOkHttp =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.cistern.proxy.upstream.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("okhttp3..", "okio..");

  @ArchTest
  static final ArchRule whatOthersSeeOfTheLibrariesShowsNoLibraryBehindThem =
      classes()
          .that()
          .resideInAnyPackage(API, STORAGE, PROXY)
          .and(areVisibleOutside())
          .should(showNone(HIDDEN_LIBRARIES));

  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.cistern.(**)").should().beFreeOfCycles();

  /** Public, with everything around them. */
  private static DescribedPredicate<JavaClass> areVisibleOutside() {
    return DescribedPredicate.describe(
        "are visible outside of their package",
        shown ->
            Stream.iterate(
                    Optional.of(shown),
                    Optional::isPresent,
                    inner -> inner.get().getEnclosingClass())
                .allMatch(around -> isShown(around.get().getModifiers())));
  }

  private static ArchCondition<JavaClass> showNone(String... packages) {
    return new ArchCondition<>("show no type of " + String.join(", ", packages)) {
      @Override
      public void check(JavaClass shown, ConditionEvents events) {
        shownTypes(shown)
            .filter(resideInAnyPackage(packages))
            .distinct()
            .forEach(
                hidden ->
                    events.add(
                        SimpleConditionEvent.violated(
                            shown, shown.getName() + " shows " + hidden.getName())));
      }
    };
  }

  /** The types that those see who extend, implement, call or read this class from outside. */
  private static Stream<JavaClass> shownTypes(JavaClass shown) {
    Stream<JavaClass> above =
        Stream.concat(shown.getSuperclass().stream(), shown.getInterfaces().stream())
            .map(JavaType::getAllInvolvedRawTypes)
            .flatMap(Set::stream);
    Stream<JavaClass> members =
        shown.getMembers().stream()
            .filter(member -> isShown(member.getModifiers()))
            .flatMap(HouseTest::involvedTypes);
    return Stream.concat(above, members);
  }

  private static boolean isShown(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaClass> involvedTypes(JavaMember member) {
    if (member instanceof JavaField field) {
      return field.getAllInvolvedRawTypes().stream();
    }
    JavaCodeUnit callable = (JavaCodeUnit) member;
    return Stream.concat(
        callable.getAllInvolvedRawTypes().stream(), callable.getExceptionTypes().stream());
  }
}
