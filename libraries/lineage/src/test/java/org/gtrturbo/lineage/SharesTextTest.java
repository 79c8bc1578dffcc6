package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.gtrturbo.events.Teacher;
import org.junit.jupiter.api.Test;

/** A model's metadata say what its checkpoints weigh, briefly and the same whoever writes them. */
class SharesTextTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<Teacher> longChain = SmallTeachers.chain(200, 1, count -> 1.0 / count);

  @Test
  void aShortChainIsListedWhole() throws Exception {
    List<Teacher> chain = SmallTeachers.chain(2, 1, _ -> 0.5);

    assertThat(JSON.readTree(written(chain)))
        .isEqualTo(
            JSON.readTree(
                """
                {"shares": [
                   {"version": 0, "hash": "c0", "weight": 0.25},
                   {"version": 1, "hash": "c1", "weight": 0.25},
                   {"version": 2, "hash": "c2", "weight": 0.5}],
                 "others": {"count": 0, "weight": 0.0}}\
                """));
  }

  @Test
  void ofALongChainTheRestIsOnlyCountedAndWeighed() throws Exception {
    String text = written(longChain);

    JsonNode read = JSON.readTree(text);
    assertThat(read.path("shares")).hasSize(SharesText.MOST);
    assertThat(read.path("others").path("count").asInt()).isEqualTo(200 - SharesText.MOST);
    double listed =
        IntStream.range(0, SharesText.MOST)
            .mapToDouble(at -> read.path("shares").get(at).path("weight").asDouble())
            .sum();
    assertThat(listed + read.path("others").path("weight").asDouble()).isCloseTo(1, within(1e-9));
    assertThat(text).hasSizeLessThan(10_000);
  }

  @Test
  void whoBeginsInTheMiddleReadsTheLogOnceAndWritesTheSame() {
    var reads = new AtomicInteger();
    var begun =
        new SharesText(
            () -> {
              reads.incrementAndGet();
              return longChain.subList(0, 100);
            });

    String text = "";
    for (Teacher teacher : longChain.subList(100, 201)) {
      text = begun.of(teacher);
    }

    assertThat(text).isEqualTo(written(longChain));
    assertThat(reads).hasValue(1);
  }

  private static String written(List<Teacher> chain) {
    var writer = new SharesText(List::of);
    String text = "";
    for (Teacher teacher : chain) {
      text = writer.of(teacher);
    }
    return text;
  }
}
