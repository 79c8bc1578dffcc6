package org.gtrturbo.events;

import java.util.List;
import java.util.Set;
import org.apache.avro.Schema;
import org.jspecify.annotations.NullMarked;

/**
 * Makes Avro pass over lists of an event. Avro skips what a writer wrote and a reader does not
 * know, and gives a reader's field that a writer did not write its default: so the field is renamed
 * in what the writer is said to have written, and gets a default in what is read.
 */
@NullMarked
final class SkippedLists {
  private static final String SKIPPED = "skipped_";

  private SkippedLists() {}

  /**
   * The schema with these lists empty where nothing is written of them.
   *
   * @throws IllegalArgumentException if there is no list of such a name
   */
  static Schema emptyByDefault(Schema event, Set<String> lists) {
    for (String list : lists) {
      Schema.Field field = event.getField(list);
      if (field == null || field.schema().getType() != Schema.Type.ARRAY) {
        throw new IllegalArgumentException(
            "a " + event.getName() + " has no list " + list + " that could be passed over");
      }
    }
    return lists.isEmpty()
        ? event
        : copy(
            event,
            event.getFields().stream()
                .map(
                    field ->
                        lists.contains(field.name())
                            ? new Schema.Field(field.name(), field.schema(), field.doc(), List.of())
                            : new Schema.Field(field, field.schema()))
                .toList());
  }

  /** The schema with these lists under names that no reader knows. */
  static Schema renamed(Schema event, Set<String> lists) {
    return lists.isEmpty()
        ? event
        : copy(
            event,
            event.getFields().stream()
                .map(
                    field ->
                        lists.contains(field.name())
                            ? new Schema.Field(SKIPPED + field.name(), field.schema())
                            : new Schema.Field(field, field.schema()))
                .toList());
  }

  private static Schema copy(Schema event, List<Schema.Field> fields) {
    return Schema.createRecord(
        event.getName(), event.getDoc(), event.getNamespace(), false, fields);
  }
}
