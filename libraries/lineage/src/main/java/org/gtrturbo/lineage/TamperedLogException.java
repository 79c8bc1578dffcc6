package org.gtrturbo.lineage;

/** The log is not what the ledger says that it was. */
public final class TamperedLogException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  TamperedLogException(String message) {
    super(message);
  }
}
