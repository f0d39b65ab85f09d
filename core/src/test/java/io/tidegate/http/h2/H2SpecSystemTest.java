package io.tidegate.http.h2;

import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpRig;
import io.tidegate.net.Loops;
import io.tidegate.net.Stage;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// All 146 cases of h2spec 2.2.0, strict, none left out: on a port of HTTP/2 alone and on one that
/// speaks both versions.
class H2SpecSystemTest {
  @TempDir Path folder;

  @Test
  void h2specFindsNothingWhereHttp2IsKnownBeforehand() throws Exception {
    score(loops -> new Http2Stage(loops, HttpLimits.DEFAULT, Http2Limits.DEFAULT, new Answering()));
  }

  @Test
  void h2specFindsNothingOnAPortOfBothVersions() throws Exception {
    score(loops -> new AnyHttpStage(loops, HttpLimits.DEFAULT, new Answering()));
  }

  private void score(Function<Loops, Stage> stage) throws Exception {
    try (var rig = HttpRig.of(stage)) {
      H2Spec.passesAll(folder, rig.address().getPort(), H2Spec.Over.CLEAR);
    }
  }
}
