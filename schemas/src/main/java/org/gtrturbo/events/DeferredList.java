package org.gtrturbo.events;

import java.util.AbstractList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** A list that is made out when it is first looked at. Safe for use by many threads. */
@NullMarked
final class DeferredList<E> extends AbstractList<E> {
  private @Nullable Supplier<List<E>> pending;
  private List<E> items = List.of();

  DeferredList(Supplier<List<E>> items) {
    this.pending = items;
  }

  @Override
  public E get(int index) {
    return items().get(index);
  }

  @Override
  public int size() {
    return items().size();
  }

  private synchronized List<E> items() {
    Supplier<List<E>> maker = pending;
    if (maker != null) {
      items = List.copyOf(maker.get());
      pending = null;
    }
    return items;
  }
}
