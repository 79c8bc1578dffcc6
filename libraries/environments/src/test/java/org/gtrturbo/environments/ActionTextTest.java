package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exactly one action behind the last marker counts, in words and in JSON. */
class ActionTextTest {

  private static final List<String> ACTIONS = PointsRules.POINTS24.actions();

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "cards 3 4 6 sofar rest 3 * 4 = . <act> 3 | 3",
        "<act> 10                                 | 10",
        "<act> 1                                  | 1",
        "<act> (                                  | (",
        "<act> =                                  | =",
        "<act> 3 <act> 4                          | 4",
        "<act> 3 3                                | 3",
        "<ACT> 3                                  | 3",
        "<act> <pad> 7                            | 7",
        "{\"cards\": [3, 4], \"thoughts\": \"3 * 4\", \"action\": \"*\"} | *",
        "{\"Action\": \"10\"}                     | 10",
        "{\"action\": \"3\"} no, {\"action\": \"4\"} | 4",
        "<act> 3 \"action\": \"5\"                | 5",
        "\"action\": \"5\" <act> 3                | 3",
      })
  void readsTheActionBehindTheLastMarker(String text, String action) {
    assertThat(ActionText.actionIn(text, ACTIONS)).contains(action);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "",
        "3",
        "cards 3 4 6 sofar rest 3 .",
        "<act>",
        "<act> cards",
        "3 <act> empty",
        "<act> 3 4",
        "<act> 10 1",
        "<act> 3 +",
        "{\"action\": \"\"}",
        "{\"action\": \"3 * 4\"}",
        "{\"action\": \"+\", \"thoughts\": \"then 3\"}",
        "\"action\" \"3\""
      })
  void readsNothingWhereThereIsNoneOrMoreThanOne(String text) {
    assertThat(ActionText.actionIn(text, ACTIONS)).isEmpty();
  }
}
