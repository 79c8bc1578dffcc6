package org.gtrturbo.events;

import java.util.ArrayList;
import java.util.List;
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

  /** Each passes over the fields before a list. */
  private final List<BodySkipper> before = new ArrayList<>();

  private final List<BodySkipper> lists = new ArrayList<>();

  /**
   * @param writer what the events were written with
   * @param names of lists; those that the writer does not know are left alone
   */
  ListCutter(Schema writer, Set<String> names) {
    List<BodySkipper> kept = new ArrayList<>();
    for (Schema.Field field : writer.getFields()) {
      BodySkipper skipper = BodySkipper.of(field.schema());
      if (names.contains(field.name())) {
        before.add(BodySkipper.Parts.joined(kept));
        lists.add(skipper);
        kept.clear();
      } else {
        kept.add(skipper);
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
   * @throws IndexOutOfBoundsException if the bytes end within a list or before it
   * @throws AvroRuntimeException if up to the last list they cannot be such an event
   */
  byte[] cut(byte[] event, int header) {
    if (lists.isEmpty()) {
      return event;
    }
    int[] begins = new int[lists.size()];
    int[] ends = new int[lists.size()];
    int length = event.length;
    int at = header;
    for (int list = 0; list < begins.length; list++) {
      begins[list] = before.get(list).skip(event, at);
      at = lists.get(list).skip(event, begins[list]);
      ends[list] = at;
      length -= at - begins[list] - 1;
    }
    byte[] cut = new byte[length];
    int from = 0;
    int to = 0;
    for (int list = 0; list < begins.length; list++) {
      int kept = begins[list] - from;
      System.arraycopy(event, from, cut, to, kept);
      to += kept;
      cut[to++] = EMPTY_LIST;
      from = ends[list];
    }
    System.arraycopy(event, from, cut, to, event.length - from);
    return cut;
  }
}
