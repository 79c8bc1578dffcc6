package org.gtrturbo.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Texts that the built-in policy writes: the context is read once, and the keys and the values of
 * the generated tokens are remembered, per layer.
 */
record CachedWriting(
    VisionLanguageModel model, PolicySpec spec, VisionLanguageModel.Reading context)
    implements PolicyNetwork.Writing {

  @Override
  public Value logits() {
    return context.logits();
  }

  @Override
  public Value value() {
    return context.value();
  }

  @Override
  public List<Value> state(Graph graph) {
    var op = graph.operators();
    List<Value> none = new ArrayList<>();
    context.keys().forEach(keys -> none.add(op.slice(keys, 2, 0, 0)));
    context.values().forEach(values -> none.add(op.slice(values, 2, 0, 0)));
    return none;
  }

  @Override
  public List<Shape> stateShapes() {
    long heads = spec.transformer().heads();
    long width = spec.transformer().headWidth();
    Shape generated = Shape.of(Shape.DYNAMIC, heads, Shape.DYNAMIC, width);
    return Collections.nCopies(2 * layers(), generated);
  }

  @Override
  public Next next(Graph body, Value place, Value token, List<Value> state) {
    var further =
        model
            .ofOneToken(body)
            .writeOne(
                token,
                place,
                context,
                state.subList(0, layers()),
                state.subList(layers(), 2 * layers()));
    List<Value> after = new ArrayList<>(further.keys());
    after.addAll(further.values());
    return new Next(further.logits(), after);
  }

  private int layers() {
    return spec.transformer().layers();
  }
}
