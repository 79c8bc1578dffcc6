package org.gtrturbo.policy.graph.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/operators.md says what the code does. */
final class OperatorsPageTest {
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  private static List<String> tableUnder(String heading) throws IOException {
    List<String> rows = new ArrayList<>();
    boolean isUnder = false;
    for (String line : Files.readAllLines(Path.of("../../docs/operators.md"))) {
      if (line.startsWith("## ")) {
        isUnder = line.equals("## " + heading);
      }
      if (isUnder && line.startsWith("|") && line.contains("`")) {
        rows.add(line);
      }
    }
    return rows;
  }

  @Test
  void theCoveredOperatorsAreThoseThatAreRead() throws IOException {
    List<String> listed = new ArrayList<>();
    for (String row : tableUnder("Covered")) {
      NAME.matcher(row).results().forEach(name -> listed.add(name.group(1)));
    }
    assertThat(listed).doesNotHaveDuplicates();
    assertThat(listed).containsExactlyInAnyOrderElementsOf(ReadingRules.covered());
  }

  @Test
  void theRefusedOperatorsAndTheirWaysRoundAreThoseOfTheMessages() throws IOException {
    Map<String, String> listed = new TreeMap<>();
    for (String row : tableUnder("Refused")) {
      String[] cells = row.split("\\|");
      NAME.matcher(cells[1]).results().forEach(name -> listed.put(name.group(1), cells[2].strip()));
    }
    assertThat(listed).isEqualTo(new TreeMap<>(ReadingRules.waysRound()));
  }
}
