package org.gtrturbo.platform.kafka;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a record's value is known by: the first 16 bytes of its SHA-256, as two big-endian numbers.
 * Enough that nobody finds another value with the same digest by chance, and half as long on the
 * ledger.
 */
public record RecordDigest(long high, long low) {
  public static final int BYTES = 2 * Long.BYTES;

  /** Stands for an offset that no record was read at. */
  public static final RecordDigest NONE = new RecordDigest(0, 0);

  /** The digest of a record's value, of no bytes where it has none. */
  public static RecordDigest of(byte[] value) {
    try {
      return next(ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(value)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  /** Reads the digest at the buffer's position, which moves on. */
  public static RecordDigest next(ByteBuffer digests) {
    ByteBuffer bytes = digests.slice(digests.position(), BYTES).order(ByteOrder.BIG_ENDIAN);
    digests.position(digests.position() + BYTES);
    return new RecordDigest(bytes.getLong(0), bytes.getLong(Long.BYTES));
  }

  /** Writes the digest at the buffer's position, which moves on. */
  public void putInto(ByteBuffer digests) {
    ByteBuffer bytes = digests.slice(digests.position(), BYTES).order(ByteOrder.BIG_ENDIAN);
    bytes.putLong(0, high).putLong(Long.BYTES, low);
    digests.position(digests.position() + BYTES);
  }

  /** 32 hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
  }
}
