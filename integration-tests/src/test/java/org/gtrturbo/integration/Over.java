package org.gtrturbo.integration;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What scenarios run over, in the words of their report. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Over {
  String value();
}
