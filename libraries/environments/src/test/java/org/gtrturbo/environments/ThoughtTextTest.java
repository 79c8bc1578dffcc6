package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A thought recognises the picture if it names what is shown, where it has to name it. */
class ThoughtTextTest {

  @ParameterizedTest(name = "{1} in {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "cards 3 10 6 sofar rest 3 . <act> 3      | 3 10 6 | true",
        "cards 3 10 6                             | 3 10 6 | true",
        "cards 3 10 7 sofar                       | 3 10 6 | false",
        "cards 3 6 10 sofar                       | 3 10 6 | false",
        "cards 3 1 sofar                          | 3 10   | false",
        "cards 3 10 sofar                         | 3 1    | false",
        "cards 3 sofar 10                         | 3 10   | false",
        "sofar cards 3 10 rest                    | 3 10   | false",
        "<act> 3                                  | 3 10   | false",
        "{\"cards\": [3, 10], \"action\": \"3\"}  | 3 10   | true",
        "{\"cards\" : [\"A\", \"K of hearts\", \"Q\"]} | 1 10 10 | true",
        "{\"cards\": [1, 13]}                     | 1 10   | true",
        "{\"cards\": [3, 4]}                      | 3 10   | false",
        "{\"cards\": [3]}                         | 3 10   | false",
        "{\"cards\": [3, ten]}                    | 3 10   | false",
      })
  void namesCards(String text, String values, boolean recognised) {
    assertThat(ThoughtText.namesCards(text, Entries.values(values))).isEqualTo(recognised);
  }

  @ParameterizedTest(name = "at {1} to {2} in {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "current 2 target 4 rest + . <act> +      | 2 | 4 | true",
        "current 4 target 2 rest + . <act> +      | 2 | 4 | false",
        "target 4 current 2 rest + . <act> +      | 2 | 4 | false",
        "{\"current number\": 2, \"target number\": \"4\"} | 2 | 4 | true",
        "{\"current number\": 2, \"target number\": 3}     | 2 | 4 | false",
        "{\"current number\": 2}                  | 2 | 4 | false",
      })
  void namesPosition(String text, int current, int target, boolean recognised) {
    assertThat(ThoughtText.namesPosition(text, current, target)).isEqualTo(recognised);
  }
}
