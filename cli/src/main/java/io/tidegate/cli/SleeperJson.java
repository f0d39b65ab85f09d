package io.tidegate.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.sleeper.Nap;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How sleepers fared, as one JSON object. What is not known here is null; times are in seconds.
final class SleeperJson {
  private static final JsonFactory JSON = new JsonFactory();

  private SleeperJson() {}

  static String write(SleeperFigures figures) throws IOException {
    var text = new StringWriter();
    try (var json = JSON.createGenerator(text)) {
      json.writeStartObject();
      all(json, figures);
      json.writeArrayFieldStart("connections");
      for (var nap : figures.naps()) nap(json, nap);
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString();
  }

  private static void all(JsonGenerator json, SleeperFigures figures) throws IOException {
    json.writeStringField("url", figures.config().target().toString());
    json.writeNumberField("receiveBufferBytes", figures.config().receiveBufferBytes());
    seconds(json, "napSeconds", figures.nap());
    json.writeNumberField("opened", figures.naps().size());
    json.writeNumberField("failed", figures.failed());
    json.writeStringField("lastFailure", figures.lastFailure());
    var cuts = figures.cuts();
    json.writeNumberField("cut", cuts.size());
    seconds(json, "firstCutSeconds", cuts.isEmpty() ? null : cuts.getFirst());
    seconds(json, "lastCutSeconds", cuts.isEmpty() ? null : cuts.getLast());
    held(json, "serverKernel", figures.serverKernel());
    json.writeNumberField("ownKernelBytes", figures.ownKernelBytes());
    var memory = figures.memory();
    if (memory != null) {
      json.writeObjectFieldStart("serverResidentBytes");
      json.writeNumberField("before", memory.beforeBytes());
      json.writeNumberField("atMost", memory.atMostBytes());
      json.writeNumberField("atEnd", memory.nowBytes());
      json.writeEndObject();
    }
  }

  private static void nap(JsonGenerator json, Nap nap) throws IOException {
    var cut = nap.cut();
    json.writeStartObject();
    json.writeNumberField("number", nap.number());
    json.writeStringField("cut", cut == null ? null : cut.how().name().toLowerCase(Locale.ROOT));
    seconds(json, "cutSeconds", cut == null ? null : cut.after());
    held(json, "serverKernel", nap.serverKernel());
    json.writeNumberField("ownKernelBytes", nap.ownKernelBytes());
    var wakeUp = nap.wakeUp();
    if (wakeUp != null) {
      json.writeObjectFieldStart("readAgain");
      json.writeNumberField("bytes", wakeUp.bytes());
      json.writeNumberField("staleBytes", wakeUp.staleBytes());
      json.writeStringField("end", wakeUp.end().name().toLowerCase(Locale.ROOT));
      var close = wakeUp.close();
      if (close != null) {
        json.writeNumberField("closeCode", close.code());
        json.writeStringField("closeReason", close.reason());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void held(JsonGenerator json, String field, Nap.@Nullable Held held)
      throws IOException {
    if (held == null) {
      json.writeNullField(field);
      return;
    }
    json.writeObjectFieldStart(field);
    json.writeNumberField("atMostBytes", held.atMost());
    json.writeNumberField("atEndBytes", held.atEnd());
    json.writeEndObject();
  }

  private static void seconds(JsonGenerator json, String field, @Nullable Duration time)
      throws IOException {
    if (time == null) json.writeNullField(field);
    else json.writeNumberField(field, (double) time.toMillis() / 1_000);
  }
}
