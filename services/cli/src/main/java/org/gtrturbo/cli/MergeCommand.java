package org.gtrturbo.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.gtrturbo.lab.FileMerge;
import org.gtrturbo.lab.MergedFiles;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Selective;
import org.gtrturbo.merging.TensorPolicy;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.files.StoredTensor;
import org.gtrturbo.policy.files.TensorFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "merge",
    description = {
      "Merges files of weights, .onnx or .safetensors, as the merger merges checkpoints: the base",
      "is checkpoint 0, the files are the next ones in their order. What is no weight is the last",
      "file's.",
      "  gtr merge --rule ties --density 0.2 a.onnx b.onnx --base base.onnx -o merged.onnx"
    })
final class MergeCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TensorPolicy.Treatment EXCLUDED =
      new TensorPolicy.Treatment.Copied(TensorPolicy.Origin.NEWEST);
  private static final List<String> KEPT =
      List.of(PolicyFile.SPEC_KEY, "gtr.environment", "gtr.imageNoise");

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "What is merged, in this order.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--rule",
      required = true,
      paramLabel = "RULE",
      description = "ema, sma, linear, ties and the others of docs/merging.md.")
  private String rule = "sma";

  @Option(
      names = "--base",
      paramLabel = "FILE",
      description = "What the rule starts from; may be left out where it has no share.")
  private @Nullable Path base;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Like the last file; replaced where it is there.")
  private Path output = Path.of("merged.onnx");

  @Option(names = "--alpha", paramLabel = "A", description = "Weight of the newest.")
  private @Nullable String alpha;

  @Option(names = "--density", paramLabel = "D", description = "Part of each delta that is kept.")
  private @Nullable String density;

  @Option(names = "--weights", paramLabel = "W,W,...", description = "One for each file.")
  private @Nullable String weights;

  @Option(names = "--weighting", paramLabel = "HOW", description = "sma, ema or linear.")
  private @Nullable String weighting;

  @Option(names = "--trim-scope", paramLabel = "SCOPE", description = "tensor or vector.")
  private @Nullable String trimScope;

  @Option(names = "--election", paramLabel = "HOW", description = "weighted or unweighted.")
  private @Nullable String election;

  @Option(
      names = "--set",
      paramLabel = "SETTING=VALUE",
      description = "Another setting of the rule. Can be repeated.")
  private Map<String, String> others = new LinkedHashMap<>();

  @Option(
      names = "--exclude",
      paramLabel = "PATTERN",
      description = "Tensors that are not merged, such as \"*.embed*\"; the last file's stay.")
  private List<String> excluded = new ArrayList<>();

  @Option(
      names = "--frozen",
      paramLabel = "PATTERN",
      description = "Tensors that are not merged either; the base's stay.")
  private List<String> frozen = new ArrayList<>();

  @Option(
      names = "--tied",
      paramLabel = "TENSOR=OTHER",
      description = "A tensor that has the values of another, and is merged as that one is.")
  private List<String> tied = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    MergeRule merging = MergeRule.of(rule, settings());
    if (base == null && FileMerge.needsBase(merging)) {
      throw new UsageException("rule " + rule + " starts from a base; give --base FILE");
    }
    Path parent = output.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new UsageException("there is no folder " + parent + " to write " + output + " to");
    }
    try (var opened = Opened.of(files, Optional.ofNullable(base))) {
      requireOneKind(opened);
      var merged = new MergedFiles(opened.base(), opened.checkpoints(), chosen(opened, merging));
      var merge = new FileMerge(merging, merged);
      PrintWriter out = spec.commandLine().getOut();
      boolean isTerminal =
          Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
      try (var bar = new ProgressBar(spec.commandLine().getErr(), isTerminal)) {
        merge.write(output, metadata(merging, merge, opened), bar::show);
      }
      out.println(said(merging, merge, merged));
      out.flush();
    }
    return 0;
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>(others);
    put(settings, "alpha", alpha);
    put(settings, "density", density);
    put(settings, "weights", weights);
    put(settings, "weighting", weighting);
    put(settings, "trimScope", trimScope);
    put(settings, "election", election);
    put(settings, "exclude", joined(excluded));
    put(settings, "frozen", joined(frozen));
    put(settings, "tied", joined(tied));
    return settings;
  }

  private static @Nullable String joined(List<String> names) {
    return names.isEmpty() ? null : String.join(",", names);
  }

  private static void put(Map<String, String> settings, String name, @Nullable String value) {
    if (value != null) {
      settings.put(name, value);
    }
  }

  /** Files mapped for as long as they are merged. */
  private record Opened(TensorFile base, List<TensorFile> checkpoints) implements AutoCloseable {
    static Opened of(List<Path> files, Optional<Path> base) {
      List<TensorFile> opened = new ArrayList<>();
      try {
        files.forEach(file -> opened.add(TensorFile.open(file)));
        List<TensorFile> checkpoints = List.copyOf(opened);
        base.ifPresent(file -> opened.add(TensorFile.open(file)));
        return new Opened(base.isPresent() ? opened.getLast() : opened.getFirst(), checkpoints);
      } catch (RuntimeException e) {
        opened.forEach(TensorFile::close);
        throw e;
      }
    }

    @Override
    public void close() {
      checkpoints.forEach(TensorFile::close);
      if (!checkpoints.contains(base)) {
        base.close();
      }
    }
  }

  private void requireOneKind(Opened opened) {
    for (TensorFile file : opened.checkpoints()) {
      if (isSame(file.path(), output) || isSame(opened.base().path(), output)) {
        throw new UsageException(output + " is one of the files that are merged; name another");
      }
    }
    if (!ending(output).equals(ending(opened.checkpoints().getLast().path()))) {
      throw new UsageException(
          output
              + " must end as "
              + opened.checkpoints().getLast().path()
              + " does: what is merged is written like the last file");
    }
  }

  private static boolean isSame(Path left, Path right) {
    return left.toAbsolutePath().normalize().equals(right.toAbsolutePath().normalize());
  }

  private static String ending(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** What is excluded need not even be in all files. */
  private static Predicate<String> chosen(Opened opened, MergeRule rule) {
    TensorFile newest = opened.checkpoints().getLast();
    Predicate<String> weights = PolicyFile.weights(newest.metadata()).orElse(_ -> true);
    rule.requireTensors(
        newest.weights().stream()
            .map(StoredTensor::name)
            .filter(weights)
            .collect(Collectors.toSet()));
    return rule instanceof Selective some
        ? weights.and(name -> !some.tensors().treatment(name, true).equals(EXCLUDED))
        : weights;
  }

  /** What the last file is, and how this one was made; not what run or version that one was. */
  private static Map<String, String> metadata(MergeRule rule, FileMerge merge, Opened opened) {
    Map<String, String> metadata = new LinkedHashMap<>();
    opened
        .checkpoints()
        .getLast()
        .metadata()
        .forEach(
            (key, value) -> {
              if (!key.startsWith("gtr.") || KEPT.contains(key)) {
                metadata.put(key, value);
              }
            });
    metadata.put("gtr.rule", rule.name());
    rule.settings().forEach((key, value) -> metadata.put("gtr.rule." + key, value));
    List<Map<String, Object>> inputs = new ArrayList<>();
    List<Double> shares = merge.shares();
    inputs.add(input(opened.base(), shares.getFirst()));
    for (int file = 0; file < opened.checkpoints().size(); file++) {
      inputs.add(input(opened.checkpoints().get(file), shares.get(file + 1)));
    }
    inputs.removeIf(input -> Objects.equals(input.get("weight"), 0.0));
    try {
      metadata.put("gtr.inputs", JSON.writeValueAsString(inputs));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("inputs could not be written as JSON", impossible);
    }
    return metadata;
  }

  private static Map<String, Object> input(TensorFile file, double share) {
    Map<String, Object> input = new LinkedHashMap<>();
    input.put("file", String.valueOf(file.path().getFileName()));
    Map<String, String> metadata = file.metadata();
    Optional.ofNullable(metadata.get("gtr.teacher.hash"))
        .or(() -> Optional.ofNullable(metadata.get("gtr.checkpoint.hash")))
        .ifPresent(hash -> input.put("hash", hash));
    input.put("weight", share);
    return input;
  }

  private String said(MergeRule merging, FileMerge merge, MergedFiles merged) {
    StringBuilder shares = new StringBuilder();
    List<Double> all = merge.shares();
    for (int file = 0; file <= files.size(); file++) {
      if (all.get(file) != 0) {
        Path path = file == 0 ? Optional.ofNullable(base).orElseThrow() : files.get(file - 1);
        shares.append(
            String.format(Locale.ROOT, "%n  %8.6f  %s", all.get(file), path.getFileName()));
      }
    }
    return String.format(
        Locale.ROOT,
        "%,d weights merged by %s %s into %s%s",
        merged.elements(),
        merging.name(),
        new TreeMap<>(merging.settings()),
        output,
        shares);
  }
}
