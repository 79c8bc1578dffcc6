package org.gtrturbo.integration;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.gtrturbo.cli.Main;

/**
 * What a command that runs in this process says.
 *
 * @param output with errors, in the order printed
 */
record Answer(int exitCode, String output) {

  static Answer of(String... arguments) {
    var output = new StringWriter();
    var printer = new PrintWriter(output, true);
    int exitCode = Main.commandLine().setOut(printer).setErr(printer).execute(arguments);
    return new Answer(exitCode, output.toString());
  }
}
