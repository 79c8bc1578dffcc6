package org.gtrturbo.policy.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout.Slot;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.losses.TokenLosses;

/**
 * The gradient of one minibatch's loss in a graph.
 *
 * @param gradients per parameter group, a flat vector; times the loss scale where there is one
 * @param report what the loss reports, a vector in the order of {@code names}
 */
record MinibatchGradient(List<Value> gradients, Value report, List<String> names) {

  /**
   * What losses are computed from besides what is trained.
   *
   * @param batch the columns, by name
   * @param fixed the tensors that are not trained, by name
   */
  record Read(Map<String, Value> batch, Map<String, Value> fixed) {}

  /** What a loss is built of in one graph. */
  private record Built(Map<String, Value> report) {
    Value line(Operators op) {
      return op.concat(0, report.values().stream().map(each -> op.reshape(each, 1)).toList());
    }
  }

  /**
   * Takes gradients, at once or micro-batch by micro-batch.
   *
   * <p>Micro-batches are of one size and their gradients are added up in an inner loop, whose every
   * turn gives back its memory. The loss of a minibatch is the mean of its micro-batches' losses:
   * means over rows are that by themselves, and weighted means are normalised by the weights of the
   * whole minibatch, which a loop of its own adds up before (see {@link TokenLosses#TOTALS}).
   */
  static final class Taking {
    private final TrainingSetup setup;
    private final TrainingLoop.Task task;
    private final Read read;
    private final Map<String, Value> scalars;
    private final Optional<Value> scale;

    /**
     * @param scalars the step's coefficients, by name
     * @param scale what the loss is multiplied by
     */
    Taking(
        TrainingSetup setup,
        TrainingLoop.Task task,
        Read read,
        Map<String, Value> scalars,
        Optional<Value> scale) {
      this.setup = setup;
      this.task = task;
      this.read = read;
      this.scalars = scalars;
      this.scale = scale;
    }

    /**
     * @param chosen int64, the minibatch's rows
     * @param flats per parameter group its flat parameters
     */
    MinibatchGradient over(Graph graph, Value chosen, List<Value> flats) {
      int parts = setup.computation().microBatches();
      return parts == 1
          ? differentiate(graph, chosen, flats, scale)
          : accumulate(graph, chosen, flats, new Share(graph.integer(0), parts));
    }

    /**
     * One worker's share: the sum over all workers' shares, of gradients and reports, is what
     * {@link #over} gives. Micro-batches must outnumber the workers by a whole factor.
     *
     * @param worker from 0, int64 of rank 0
     */
    MinibatchGradient share(
        Graph graph, Value chosen, List<Value> flats, Value worker, int workers) {
      int count = setup.computation().microBatches() / workers;
      Value first = graph.operators().multiply(worker, graph.integer(count));
      return accumulate(graph, chosen, flats, new Share(first, count));
    }

    /**
     * Micro-batches that follow each other.
     *
     * @param first int64 of rank 0
     */
    private record Share(Value first, int count) {}

    private MinibatchGradient accumulate(
        Graph graph, Value chosen, List<Value> flats, Share taken) {
      Operators op = graph.operators();
      int parts = setup.computation().microBatches();
      Value rows = op.reshape(chosen, parts, chosen.shape().at(0) / parts);
      Value share =
          scale
              .map(whole -> op.multiply(whole, 1.0 / parts))
              .orElseGet(() -> graph.scalar(1.0 / parts));
      List<Value> totals = totals(graph, rows, flats, parts);
      List<Value> zeros = flats.stream().map(flat -> op.subtract(flat, flat)).toList();
      List<String> names = new ArrayList<>();
      var sums =
          op.loop(
              graph.integer(taken.count()),
              zeros,
              flats.stream().map(Value::shape).toList(),
              (body, turn, sum) -> {
                Operators in = body.operators();
                var known = totals.iterator();
                MinibatchGradient part =
                    ScopedValue.where(TokenLosses.TOTALS, (_, _) -> known.next())
                        .call(
                            () ->
                                differentiate(
                                    body,
                                    in.gather(rows, in.add(turn, taken.first())),
                                    flats,
                                    Optional.of(share)));
                names.addAll(part.names());
                List<Value> added = new ArrayList<>();
                for (int group = 0; group < flats.size(); group++) {
                  added.add(in.add(sum.get(group), part.gradients().get(group)));
                }
                return new Operators.LoopStep(yes(body), added, List.of(part.report()));
              });
      return new MinibatchGradient(
          sums.state(), meanOverParts(op, sums.recorded().getFirst(), parts), names);
    }

    /** Per weighted mean that the loss takes, the mean over the parts of its sum of weights. */
    private List<Value> totals(Graph graph, Value rows, List<Value> flats, int parts) {
      Operators op = graph.operators();
      List<Value> found = new ArrayList<>();
      var recorded =
          op.loop(
              graph.integer(parts),
              List.of(),
              List.of(),
              (body, turn, _) -> {
                Operators in = body.operators();
                TokenLosses.Totals recording =
                    (inner, weights) -> {
                      Value sum = inner.sum(weights);
                      found.add(sum);
                      return sum;
                    };
                ScopedValue.where(TokenLosses.TOTALS, recording)
                    .call(() -> build(body, in.gather(rows, turn), flats));
                List<Value> line = new ArrayList<>(List.of(in.reshape(body.scalar(1), 1)));
                found.forEach(sum -> line.add(in.reshape(sum, 1)));
                Value recordedLine = in.concat(0, line);
                Value goOn = yes(body);
                body.keepOnly(List.of(recordedLine, goOn));
                return new Operators.LoopStep(goOn, List.of(), List.of(recordedLine));
              });
      Value means = meanOverParts(op, recorded.recorded().getFirst(), parts);
      List<Value> totals = new ArrayList<>();
      for (int index = 1; index <= found.size(); index++) {
        totals.add(op.squeeze(op.slice(means, 0, index, index + 1), 0));
      }
      return totals;
    }

    private static Value meanOverParts(Operators op, Value lines, int parts) {
      return op.multiply(op.reduceSum(lines, false, 0), 1.0 / parts);
    }

    private static Value yes(Graph body) {
      return body.constant(DataType.BOOL, new double[] {1});
    }

    private MinibatchGradient differentiate(
        Graph graph, Value chosen, List<Value> flats, Optional<Value> factor) {
      Operators op = graph.operators();
      Built built = build(graph, chosen, flats);
      Value loss = TrainingLoop.scalar(built.report(), TrainingLoop.LOSS);
      Value scaled = factor.map(each -> op.multiply(loss, each)).orElse(loss);
      List<Value> gradients = Gradients.of(graph, scaled, flats, setup.computation().segments());
      return new MinibatchGradient(gradients, built.line(op), List.copyOf(built.report().keySet()));
    }

    private Built build(Graph graph, Value chosen, List<Value> flats) {
      Operators op = graph.operators();
      Map<String, Value> gathered = new LinkedHashMap<>();
      read.batch().forEach((name, value) -> gathered.put(name, op.gather(value, chosen)));
      Map<String, Value> weights = weights(graph, flats);
      graph.multiplyIn(setup.computation().precision().type());
      Map<String, Value> report = task.loss().build(graph, weights, gathered, scalars);
      graph.multiplyIn(graph.floatType());
      return new Built(report);
    }

    /** What the policy computes with, by name: what is trained and what is not, adapters added. */
    private Map<String, Value> weights(Graph graph, List<Value> flats) {
      Operators op = graph.operators();
      TrainingPlan plan = setup.plan();
      Map<String, Value> known = new HashMap<>(read.fixed());
      for (int group = 0; group < flats.size(); group++) {
        var layout = plan.groups().get(group).layout();
        known.putAll(PolicyNetwork.slices(graph, flats.get(group), layout));
      }
      Map<String, Value> weights = new LinkedHashMap<>();
      for (Slot slot : plan.policy().slots()) {
        Value weight = TrainingLoop.scalar(known, slot.name());
        Optional<Value> down = Optional.ofNullable(known.get(Lora.down(slot.name())));
        if (down.isPresent()) {
          Value up = TrainingLoop.scalar(known, Lora.up(slot.name()));
          double scale = plan.adapters().orElseThrow().scale();
          weight = op.add(weight, op.multiply(op.matMul(down.get(), up), scale));
        }
        weights.put(slot.name(), weight);
      }
      return weights;
    }
  }
}
