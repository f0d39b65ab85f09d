package io.tidegate.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// The process's accounts as JSON, at most 200 of them, drawn at most four times a second a loop
/// however often it is asked for.
final class CensusPage {
  private static final int MOST_ROWS = 200;
  private static final long FRESH_NANOS = 250_000_000;
  private static final JsonFactory JSON = new JsonFactory();

  private final Loops loops;
  private final byte[][] drawn;
  private final long[] drawnNanos;

  CensusPage(Loops loops) {
    this.loops = loops;
    this.drawn = new byte[loops.count()][0];
    this.drawnNanos = new long[loops.count()];
  }

  /// The page for a request on `loop`, whose own copy it is.
  byte[] on(Loop loop) {
    int i = loop.index();
    long now = loop.nanos();
    if (drawn[i].length == 0 || now - drawnNanos[i] > FRESH_NANOS) {
      drawn[i] = draw();
      drawnNanos[i] = now;
    }
    return drawn[i];
  }

  private byte[] draw() {
    var bytes = new ByteArrayOutputStream(8192);
    try (var json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      purse(json, "direct", Purse.DIRECT);
      purse(json, "heap", Purse.HEAP);
      json.writeNumberField("usedDirect", Loops.usedDirectBytes());
      json.writeArrayFieldStart("accounts");
      int rows = rows(json, Census.of(loops.root()), 0, 0);
      json.writeEndArray();
      json.writeBooleanField("more", rows >= MOST_ROWS);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("written to memory", e);
    }
    return bytes.toByteArray();
  }

  private void purse(JsonGenerator json, String name, Purse purse) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("held", loops.root().held(purse));
    json.writeNumberField("limit", loops.root().limit(purse));
    json.writeEndObject();
  }

  /// Writes `account` and those below it, and says how many rows there are then.
  private static int rows(JsonGenerator json, Census account, int depth, int before)
      throws IOException {
    if (before >= MOST_ROWS) return before;
    json.writeStartObject();
    json.writeStringField("label", account.label());
    json.writeNumberField("depth", depth);
    json.writeNumberField("direct", account.direct().held());
    json.writeNumberField("heap", account.heap().held());
    json.writeEndObject();
    int rows = before + 1;
    for (var child : account.children()) rows = rows(json, child, depth + 1, rows);
    return rows;
  }
}
