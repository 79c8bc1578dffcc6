package org.gtrturbo.policy.device;

/** A device cannot be used, or the native runtime refused something on it. */
public final class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DeviceException(String message) {
    super(message);
  }

  public DeviceException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
