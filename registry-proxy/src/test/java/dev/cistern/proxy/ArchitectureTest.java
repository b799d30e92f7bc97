package dev.cistern.proxy;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
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
import java.util.Set;
import java.util.stream.Stream;

/** The house: who may know whom, in this module. */
@AnalyzeClasses(
    packages = "dev.cistern.proxy",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final DescribedPredicate<JavaClass> HTTP_CLIENT =
      resideInAnyPackage("okhttp3..", "okio..", "kotlin..");

  private static final DescribedPredicate<JavaClass> LIBRARY =
      resideInAnyPackage("okhttp3..", "okio..", "kotlin..", "com.google..", "tools.jackson..");

  /** Seen by those who use the module: public, or protected in what they may extend. */
  private static final DescribedPredicate<JavaMember> API =
      describe(
          "are API",
          member ->
              isPublic(member.getOwner())
                  && (member.getModifiers().contains(JavaModifier.PUBLIC)
                      || member.getModifiers().contains(JavaModifier.PROTECTED)));

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("dev.cistern.proxy.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule thePartsDoNotKnowTheWhole =
      noClasses()
          .that()
          .resideInAPackage("dev.cistern.proxy.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.cistern.proxy");

  @ArchTest
  static final ArchRule onlyTheUpstreamKnowsTheHttpClient =
      noClasses()
          .that()
          .resideOutsideOfPackage("..upstream.http..")
          .should()
          .dependOnClassesThat(HTTP_CLIENT);

  @ArchTest
  static final ArchRule theModuleKnowsNeitherServerNorDrivers =
      noClasses()
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "dev.cistern.server..",
                  "dev.cistern.storage.filesystem..",
                  "dev.cistern.storage.memory..",
                  "io.undertow..",
                  "org.xnio.."));

  @ArchTest
  static final ArchRule noPublicSignatureShowsALibrary =
      codeUnits().that(API).should(showNo(LIBRARY));

  @ArchTest
  static final ArchRule noPublicFieldShowsALibrary = fields().that(API).should(beOfNo(LIBRARY));

  @ArchTest
  static final ArchRule noPublicTypeExtendsALibrarys =
      noClasses()
          .that(describe("are API", ArchitectureTest::isPublic))
          .should()
          .beAssignableTo(LIBRARY);

  /** Also within types that are. */
  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(ArchitectureTest::isPublic).orElse(true);
  }

  private static ArchCondition<JavaCodeUnit> showNo(DescribedPredicate<JavaClass> hidden) {
    return new ArchCondition<>("show no class that does " + hidden.getDescription()) {
      @Override
      public void check(JavaCodeUnit unit, ConditionEvents events) {
        Stream<JavaType> types =
            Stream.of(
                    Stream.of(unit.getReturnType()),
                    unit.getParameterTypes().stream(),
                    unit.getTypeParameters().stream())
                .flatMap(parts -> parts);
        Stream<JavaClass> shown =
            Stream.concat(
                types.flatMap(type -> type.getAllInvolvedRawTypes().stream()),
                unit.getExceptionTypes().stream());
        report(unit, shown, hidden, events);
      }
    };
  }

  private static ArchCondition<JavaField> beOfNo(DescribedPredicate<JavaClass> hidden) {
    return new ArchCondition<>("be of no class that does " + hidden.getDescription()) {
      @Override
      public void check(JavaField field, ConditionEvents events) {
        Set<JavaClass> shown = field.getType().getAllInvolvedRawTypes();
        report(field, shown.stream(), hidden, events);
      }
    };
  }

  private static void report(
      JavaMember member,
      Stream<JavaClass> shown,
      DescribedPredicate<JavaClass> hidden,
      ConditionEvents events) {
    shown
        .filter(hidden)
        .forEach(
            type ->
                events.add(
                    SimpleConditionEvent.violated(
                        member, member.getFullName() + " shows " + type.getFullName())));
  }
}
