package org.gtrturbo.lineage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.OffsetRange;

/**
 * What a ledger entry says of the records that it settles, as one hash. The checkpoint of its
 * version carries it and enters it into its own hash, so that neither a record nor what was done
 * with it can be changed later without breaking the chain.
 *
 * <p>SHA-256, lower-case hexadecimal, over the text {@code trained}, the ranges trained on and
 * their digests, then for every reason its name, its ranges and their digests, all in the entry's
 * order. Text is UTF-8 behind its length in bytes; ranges stand behind their number, digests behind
 * their length in bytes; lengths are 4 bytes, a range is partition (4 bytes), first and last (8
 * bytes each), all big-endian.
 */
public final class LedgerDigest {
  private final MessageDigest digest;

  private LedgerDigest(MessageDigest digest) {
    this.digest = digest;
  }

  public static String of(LedgerEntry entry) {
    return of(entry.getTrained(), entry.getTrainedDigests(), entry.getLeftOut());
  }

  /**
   * As {@link #of(LedgerEntry)}, of the parts.
   *
   * @param trainedDigests from its position to its limit; left as it is
   */
  public static String of(
      List<OffsetRange> trained, ByteBuffer trainedDigests, List<LeftOut> leftOut) {
    try {
      var hash = new LedgerDigest(MessageDigest.getInstance("SHA-256"));
      hash.account("trained", trained, trainedDigests);
      leftOut.forEach(
          each -> hash.account(each.getReason().name(), each.getRanges(), each.getDigests()));
      return HexFormat.of().formatHex(hash.digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  private void account(String what, List<OffsetRange> ranges, ByteBuffer digests) {
    byte[] text = what.getBytes(UTF_8);
    length(text.length);
    digest.update(text);
    length(ranges.size());
    for (OffsetRange range : ranges) {
      length(range.getPartition());
      digest.update(
          ByteBuffer.allocate(2 * Long.BYTES)
              .putLong(range.getFirst())
              .putLong(range.getLast())
              .flip());
    }
    length(digests.remaining());
    digest.update(digests.duplicate());
  }

  private void length(int length) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, length));
  }
}
