package org.gtrturbo.integration;

import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.jspecify.annotations.NullMarked;

/**
 * Dependencies point one way: services, libraries, schemas. The inner maths knows neither Kafka nor
 * events, services do not know each other, and native code has one home.
 */
@AnalyzeClasses(packages = "org.gtrturbo", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String SCHEMAS = "org.gtrturbo.events..";
  private static final String PLATFORM = "org.gtrturbo.platform..";
  private static final String ENVIRONMENTS = "org.gtrturbo.environments..";
  private static final String MERGING = "org.gtrturbo.merging..";
  private static final String POLICY = "org.gtrturbo.policy..";
  private static final String AGENTS = "org.gtrturbo.agents..";
  private static final String LINEAGE = "org.gtrturbo.lineage..";
  private static final String ACTOR = "org.gtrturbo.actor..";
  private static final String LEARNER = "org.gtrturbo.learner..";
  private static final String MERGER = "org.gtrturbo.merger..";
  private static final String LAB = "org.gtrturbo.lab..";
  private static final String CLI = "org.gtrturbo.cli..";
  private static final String KAFKA = "org.apache.kafka..";
  private static final String KAFKA_SERVER = "kafka..";

  @ArchTest
  static final ArchRule environmentsDependOnTheJdkOnly =
      classes()
          .that()
          .resideInAPackage(ENVIRONMENTS)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(ENVIRONMENTS, "java..", "javax..", "org.jspecify..");

  @ArchTest
  static final ArchRule mergingDependsOnTheJdkOnly =
      classes()
          .that()
          .resideInAPackage(MERGING)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(MERGING, "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule mergingReadsNoFiles =
      noClasses()
          .that()
          .resideInAPackage(MERGING)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.io..");

  @ArchTest
  static final ArchRule schemasDependOnAvroOnly =
      classes()
          .that()
          .resideInAPackage(SCHEMAS)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(SCHEMAS, "java..", "org.apache.avro..", "org.jspecify..");

  @ArchTest
  static final ArchRule thePolicyKnowsNeitherEventsNorEnvironmentsNorKafka =
      noClasses()
          .that()
          .resideInAPackage(POLICY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              SCHEMAS,
              PLATFORM,
              ENVIRONMENTS,
              MERGING,
              AGENTS,
              KAFKA,
              KAFKA_SERVER,
              "org.apache.avro..");

  @ArchTest
  static final ArchRule graphsKnowNothingOfPolicies =
      noClasses()
          .that()
          .resideInAPackage("org.gtrturbo.policy.graph..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.gtrturbo.policy", "org.gtrturbo.policy.training..");

  @ArchTest
  static final ArchRule graphsDoNotKnowHowModelsAreRead =
      noClasses()
          .that()
          .resideInAPackage("org.gtrturbo.policy.graph")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.gtrturbo.policy.graph.reading");

  @ArchTest
  static final ArchRule devicesKnowNothingOfGraphsNorPolicies =
      noClasses()
          .that()
          .resideInAPackage("org.gtrturbo.policy.device..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.gtrturbo.policy",
              "org.gtrturbo.policy.graph..",
              "org.gtrturbo.policy.training..");

  @ArchTest
  static final ArchRule librariesDoNotKnowServices =
      noClasses()
          .that()
          .resideInAnyPackage(SCHEMAS, PLATFORM, ENVIRONMENTS, POLICY, AGENTS, LINEAGE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ACTOR, LEARNER, MERGER, LAB, CLI);

  @ArchTest
  static final ArchRule thePlatformKnowsOfOurOwnOnlyTheSchemas =
      noClasses()
          .that()
          .resideInAPackage(PLATFORM)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ENVIRONMENTS, POLICY, AGENTS, LINEAGE);

  @ArchTest
  static final ArchRule lineageKnowsNeitherPoliciesNorEnvironments =
      noClasses()
          .that()
          .resideInAPackage(LINEAGE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ENVIRONMENTS, POLICY, AGENTS);

  @ArchTest static final ArchRule actorsKnowNoOtherService = alone(ACTOR, LEARNER, MERGER, LAB);

  @ArchTest
  static final ArchRule theLearnerKnowsNoOtherService = alone(LEARNER, ACTOR, MERGER, LAB);

  @ArchTest static final ArchRule theMergerKnowsNoOtherService = alone(MERGER, ACTOR, LEARNER, LAB);

  @ArchTest static final ArchRule theLabKnowsNoOtherService = alone(LAB, ACTOR, LEARNER, MERGER);

  @ArchTest
  static final ArchRule onlyThePlatformAndTheLoopsOfServicesSpeakToKafka =
      noClasses()
          .that()
          .resideOutsideOfPackages(PLATFORM, ACTOR, LEARNER, MERGER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(KAFKA, KAFKA_SERVER);

  @ArchTest
  static final ArchRule onlyThePlatformRunsABroker =
      noClasses()
          .that()
          .resideOutsideOfPackage(PLATFORM)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              KAFKA_SERVER, "org.apache.kafka.server..", "org.apache.kafka.metadata..");

  @ArchTest
  static final ArchRule theMathsOfServicesKnowsNeitherKafkaNorFiles =
      noClasses()
          .that()
          .haveFullyQualifiedName("org.gtrturbo.learner.Advantages")
          .or()
          .haveFullyQualifiedName("org.gtrturbo.learner.Minibatches")
          .or()
          .haveFullyQualifiedName("org.gtrturbo.learner.Schedule")
          .or()
          .haveFullyQualifiedName("org.gtrturbo.learner.OffsetLedger")
          .or()
          .haveFullyQualifiedName("org.gtrturbo.learner.BatchAssembler")
          .or()
          .haveFullyQualifiedName("org.gtrturbo.merger.MergePlan")
          .or()
          .haveFullyQualifiedName("org.gtrturbo.lab.Statistics")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(KAFKA, "java.nio.file..", "java.io..");

  @ArchTest
  static final ArchRule nativeCodeIsCalledFromThePolicyOnly =
      noClasses()
          .that()
          .resideOutsideOfPackage(POLICY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.onnxruntime..", "ai.onnx..", "org.tribuo..");

  @ArchTest
  static final ArchRule everythingWrittenByHandIsNullMarked =
      classes()
          .that(areWrittenByHand())
          .should(be(DescribedPredicate.describe("null-marked", ArchitectureTest::isNullMarked)));

  @ArchTest
  static final ArchRule nothingLogsThroughTheJdk = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

  @ArchTest
  static final ArchRule onlyTheCommandLinePrints =
      noClasses().that().resideOutsideOfPackage(CLI).should(ACCESS_STANDARD_STREAMS);

  private static ArchRule alone(String service, String... others) {
    return noClasses()
        .that()
        .resideInAPackage(service)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage(CLI);
  }

  private static DescribedPredicate<JavaClass> areWrittenByHand() {
    return DescribedPredicate.describe(
        "are written by hand",
        type ->
            type.isTopLevelClass()
                && !type.getSimpleName().equals("package-info")
                && !type.isAnnotatedWith("org.apache.avro.specific.AvroGenerated"));
  }

  private static boolean isNullMarked(JavaClass type) {
    return type.isAnnotatedWith(NullMarked.class)
        || type.getPackage().isAnnotatedWith(NullMarked.class);
  }
}
