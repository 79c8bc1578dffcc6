package org.gtrturbo.events;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.NullMarked;

/**
 * Takes lists out of events as bytes. What it leaves are the bytes of the same event with those
 * lists empty, so that to decode them costs what such an event costs.
 */
@NullMarked
final class ListCutter {
  private static final byte EMPTY_LIST = 0;

  private final List<Cut> cuts = new ArrayList<>();

  /**
   * Where a list is taken out.
   *
   * @param before passes over the fields between the list before, or the event's beginning, and it
   */
  private record Cut(BodySkipper before, BodySkipper list, String name) {}

  /**
   * @param writer what the events were written with
   * @param names of lists; those that the writer does not know are left alone
   */
  ListCutter(Schema writer, Set<String> names) {
    List<BodySkipper> before = new ArrayList<>();
    for (Schema.Field field : writer.getFields()) {
      BodySkipper skipper = BodySkipper.of(field.schema());
      if (names.contains(field.name())) {
        cuts.add(new Cut(BodySkipper.Parts.joined(before), skipper, field.name()));
        before.clear();
      } else {
        before.add(skipper);
      }
    }
  }

  /**
   * Refuses what cannot be left out.
   *
   * @throws IllegalArgumentException if the event has no list of such a name
   */
  static void requireLists(Schema event, Set<String> names) {
    for (String name : names) {
      Schema.Field field = event.getField(name);
      if (field == null || field.schema().getType() != Schema.Type.ARRAY) {
        throw new IllegalArgumentException(
            "a " + event.getName() + " has no list " + name + " that could be passed over");
      }
    }
  }

  /**
   * The event without its lists, or itself where it has none; what stands behind the last of them
   * is not looked at.
   *
   * @param header bytes before the event's body, which are kept
   * @param keep names of those lists whose bytes are wanted
   * @param kept where they are put
   * @throws IndexOutOfBoundsException if the bytes end within a list or before it
   * @throws AvroRuntimeException if up to the last list they cannot be such an event
   */
  byte[] cut(byte[] event, int header, Set<String> keep, Map<String, byte[]> kept) {
    if (cuts.isEmpty()) {
      return event;
    }
    byte[] left = new byte[event.length + cuts.size()];
    int length = 0;
    int from = 0;
    int at = header;
    for (Cut cut : cuts) {
      int begin = cut.before().skip(event, at);
      at = cut.list().skip(event, begin);
      if (keep.contains(cut.name())) {
        kept.put(cut.name(), Arrays.copyOfRange(event, begin, at));
      }
      System.arraycopy(event, from, left, length, begin - from);
      length += begin - from;
      left[length++] = EMPTY_LIST;
      from = at;
    }
    System.arraycopy(event, from, left, length, event.length - from);
    return Arrays.copyOf(left, length + event.length - from);
  }
}
