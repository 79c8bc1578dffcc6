package org.gtrturbo.events;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.NullMarked;

/**
 * Finds out where a value of a schema ends, in Avro's binary encoding, without making anything of
 * it. Avro can do so too, at several times the price, for it takes every number apart; here the
 * numbers of a long list of small records are passed over in one loop.
 */
@NullMarked
sealed interface BodySkipper {

  /**
   * The place behind the value.
   *
   * @param at where it begins
   * @throws IndexOutOfBoundsException if the bytes end before the value does
   * @throws AvroRuntimeException if they cannot be such a value
   */
  int skip(byte[] bytes, int at);

  /** That of a schema, which must not contain itself. */
  static BodySkipper of(Schema schema) {
    return switch (schema.getType()) {
      case NULL -> new Parts(List.of());
      case BOOLEAN -> new Fixed(1);
      case INT, LONG, ENUM -> new Numbers(1);
      case FLOAT -> new Fixed(Float.BYTES);
      case DOUBLE -> new Fixed(Double.BYTES);
      case FIXED -> new Fixed(schema.getFixedSize());
      case STRING, BYTES -> new Text();
      case ARRAY -> new Blocks(of(schema.getElementType()));
      case MAP -> new Blocks(Parts.joined(List.of(new Text(), of(schema.getValueType()))));
      case UNION -> new Choice(schema.getTypes().stream().map(BodySkipper::of).toList());
      case RECORD ->
          Parts.joined(schema.getFields().stream().map(field -> of(field.schema())).toList());
    };
  }

  /** Where a number is that has been read, and what it is. */
  private static long number(byte[] bytes, int at) {
    long zigzag = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = bytes[at++];
      zigzag |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
    }
    throw new AvroRuntimeException("a number has more than 10 bytes");
  }

  /** So many bytes further on, which may be behind the end: the next access tells. */
  private static int forward(byte[] bytes, int at, long length) {
    if (length < 0 || length > bytes.length - at) {
      throw new IndexOutOfBoundsException(
          length + " bytes at " + at + " are not in " + bytes.length);
    }
    return at + (int) length;
  }

  /** The last byte of each number alone has its highest bit clear. */
  record Numbers(int count) implements BodySkipper {
    @Override
    public int skip(byte[] bytes, int at) {
      return skip(bytes, at, count);
    }

    private static int skip(byte[] bytes, int at, long count) {
      int behind = at;
      for (long left = count; left > 0; behind++) {
        if (bytes[behind] >= 0) {
          left--;
        }
      }
      return behind;
    }
  }

  record Fixed(int length) implements BodySkipper {
    @Override
    public int skip(byte[] bytes, int at) {
      return forward(bytes, at, length);
    }
  }

  /** Bytes behind their length. */
  record Text() implements BodySkipper {
    @Override
    public int skip(byte[] bytes, int at) {
      return forward(bytes, Numbers.skip(bytes, at, 1), number(bytes, at));
    }
  }

  /** Blocks of items up to an empty one, each behind its count; a negative count has a length. */
  record Blocks(BodySkipper item) implements BodySkipper {
    @Override
    public int skip(byte[] bytes, int at) {
      int behind = at;
      while (true) {
        long count = number(bytes, behind);
        behind = Numbers.skip(bytes, behind, 1);
        if (count == 0) {
          return behind;
        }
        behind = count < 0 ? sized(bytes, behind) : items(bytes, behind, count);
      }
    }

    private static int sized(byte[] bytes, int at) {
      return forward(bytes, Numbers.skip(bytes, at, 1), number(bytes, at));
    }

    private int items(byte[] bytes, int at, long count) {
      // An item has at least a byte; counts that cannot be would keep the loops busy.
      forward(bytes, at, count);
      if (item instanceof Numbers(int each)) {
        return Numbers.skip(bytes, at, count * each);
      }
      int behind = at;
      for (long left = count; left > 0; left--) {
        behind = item.skip(bytes, behind);
      }
      return behind;
    }
  }

  record Choice(List<BodySkipper> branches) implements BodySkipper {
    @Override
    public int skip(byte[] bytes, int at) {
      long branch = number(bytes, at);
      if (branch < 0 || branch >= branches.size()) {
        throw new AvroRuntimeException("a union has no branch " + branch);
      }
      return branches.get((int) branch).skip(bytes, Numbers.skip(bytes, at, 1));
    }
  }

  /** One behind the other. */
  record Parts(List<BodySkipper> parts) implements BodySkipper {
    /** With neighbouring numbers in one. */
    static BodySkipper joined(List<BodySkipper> parts) {
      List<BodySkipper> joined = new ArrayList<>();
      for (BodySkipper part : parts) {
        if (part instanceof Numbers(int more)
            && !joined.isEmpty()
            && joined.getLast() instanceof Numbers(int count)) {
          joined.set(joined.size() - 1, new Numbers(count + more));
        } else {
          joined.add(part);
        }
      }
      return joined.size() == 1 ? joined.getFirst() : new Parts(joined);
    }

    @Override
    public int skip(byte[] bytes, int at) {
      int behind = at;
      for (BodySkipper part : parts) {
        behind = part.skip(bytes, behind);
      }
      return behind;
    }
  }
}
