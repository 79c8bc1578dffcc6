package org.gtrturbo.platform.settings;

/**
 * A setting's value as it was written.
 *
 * @param place where: {@code file:line}, or the override
 */
record SettingText(String text, String place) {}
