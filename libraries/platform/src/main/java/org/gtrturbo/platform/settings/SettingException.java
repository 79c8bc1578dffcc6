package org.gtrturbo.platform.settings;

/**
 * A setting that is refused; the message names it, the rule, the value and, where it was read, the
 * place.
 */
public final class SettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String setting;

  /**
   * @param rule what the setting must be, as the end of a sentence
   */
  SettingException(String setting, String rule, Object value) {
    this(setting, setting + " " + rule + ", got " + value);
  }

  SettingException(String setting, String message) {
    super(message);
    this.setting = setting;
  }

  SettingException at(String place) {
    return new SettingException(setting, getMessage() + " (" + place + ")");
  }

  /** Full name of the setting, {@code learner.epochs} say. */
  public String setting() {
    return setting;
  }
}
