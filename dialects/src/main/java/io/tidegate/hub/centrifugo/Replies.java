package io.tidegate.hub.centrifugo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.hub.Position;
import io.tidegate.websocket.frame.FrameWriter;
import io.tidegate.websocket.frame.Opcode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes what clients are told, each as one text frame of a WebSocket. Pure.
final class Replies {
  private static final JsonFactory JSON = new JsonFactory();

  /// What clients print; no figure of ours.
  private static final String VERSION = "Tidegate";

  /// An empty reply is a ping, and so is an empty command a pong.
  static final byte[] PING = framed("{}".getBytes(StandardCharsets.US_ASCII));

  private Replies() {}

  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  /// @param client the name of the connection
  /// @param pingSeconds how often it will be pinged, and has to answer
  static byte[] connected(int id, String client, long pingSeconds) {
    return reply(
        id,
        "connect",
        json -> {
          json.writeStringField("client", client);
          json.writeStringField("version", VERSION);
          json.writeNumberField("ping", pingSeconds);
          json.writeBooleanField("pong", true);
        });
  }

  /// @param at where the subscription begins; null if its channel cannot be resumed
  /// @param recovered whether nothing was missed since the position that was named; null if none
  ///   was
  static byte[] subscribed(int id, @Nullable Position at, @Nullable Boolean recovered) {
    return reply(
        id,
        "subscribe",
        json -> {
          if (at != null) {
            json.writeBooleanField("recoverable", true);
            json.writeBooleanField("positioned", true);
            json.writeStringField("epoch", Long.toHexString(at.epoch()));
            json.writeNumberField("offset", at.offset());
          }
          if (recovered != null) {
            json.writeBooleanField("was_recovering", true);
            json.writeBooleanField("recovered", recovered);
          }
        });
  }

  /// The word that `method` is done.
  static byte[] done(int id, String method) {
    return reply(id, method, _ -> {});
  }

  private static byte[] reply(int id, String method, Fields fields) {
    return object(json -> {
      json.writeNumberField("id", id);
      json.writeObjectFieldStart(method);
      fields.write(json);
      json.writeEndObject();
    });
  }

  static byte[] refused(int id, Refusal why) {
    return object(json -> {
      json.writeNumberField("id", id);
      json.writeObjectFieldStart("error");
      json.writeNumberField("code", why.code());
      json.writeStringField("message", why.message());
      if (why.isTemporary()) json.writeBooleanField("temporary", true);
      json.writeEndObject();
    });
  }

  /// The word that a subscription has missed something and is to be made again.
  static byte[] insufficientState(String channel) {
    return object(json -> {
      json.writeObjectFieldStart("push");
      json.writeStringField("channel", channel);
      json.writeObjectFieldStart("unsubscribe");
      json.writeNumberField("code", 2500);
      json.writeStringField("reason", "insufficient state");
      json.writeEndObject();
      json.writeEndObject();
    });
  }

  private static byte[] object(Fields fields) {
    var bytes = new ByteArrayOutputStream();
    try (var json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException("written to memory", impossible);
    }
    return framed(bytes.toByteArray());
  }

  /// `json` in a frame.
  static byte[] framed(byte[] json) {
    var frame = new ByteArrayOutputStream(json.length + 10);
    frame.writeBytes(header(json.length));
    frame.writeBytes(json);
    return frame.toByteArray();
  }

  /// What stands before a text of `length` bytes.
  static byte[] header(int length) {
    var header = Unpooled.buffer(16, 16);
    FrameWriter.server().header(header, Opcode.TEXT, FrameWriter.Part.LAST, length);
    return ByteBufUtil.getBytes(header);
  }
}
