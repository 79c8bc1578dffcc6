package org.gtrturbo.lab;

/** Whether a run is at its end. */
public enum RunState {
  COMPLETE("complete"),
  STOPPED("stopped"),
  FAILED("failed"),
  /** It goes on, or was killed. */
  NOT_ENDED("not ended");

  private final String words;

  RunState(String words) {
    this.words = words;
  }

  /** For people to read. */
  public String words() {
    return words;
  }
}
