package io.tidegate.hub.centrifugo;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a message of a client: commands, one JSON object each, with line feeds between them.
///
/// Pure. What it reads is bounded by the message, which is bounded by the WebSocket.
final class CommandReader {
  /// A client that connects sends one for each of its subscriptions, which are at most a few
  /// hundred.
  static final int MOST_COMMANDS = 512;

  /// Of the protocol, and not of ours.
  private static final Set<String> KNOWN =
      Set.of("history", "presence", "presence_stats", "refresh", "sub_refresh", "send", "rpc");

  private CommandReader() {}

  /// The commands in `text`, in order.
  ///
  /// @throws IOException if it is malformed, or has more than 512
  static List<Command> read(String text) throws IOException {
    var commands = new ArrayList<Command>();
    try (var in = OneLine.JSON.createParser(text)) {
      for (var token = in.nextToken(); token != null; token = in.nextToken()) {
        if (token != JsonToken.START_OBJECT) throw new IOException("no object");
        if (commands.size() == MOST_COMMANDS) throw new IOException("too many commands");
        commands.add(new CommandReader().command(in));
      }
    }
    return commands;
  }

  private int id;
  private @Nullable String method;
  private String channel = "";
  private String token = "";
  private String epoch = "";
  private long offset;
  private boolean recover;
  private @Nullable String data;

  private Command command(JsonParser in) throws IOException {
    boolean empty = true;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      empty = false;
      var name = in.currentName();
      var value = in.nextToken();
      if (name.equals("id")) id = in.getIntValue();
      else if (value == JsonToken.START_OBJECT) method(name, in);
      else in.skipChildren();
    }
    if (id < 0) throw new IOException("an id below 0");
    return empty ? new Command.Pong() : command();
  }

  private void method(String name, JsonParser in) throws IOException {
    if (method != null) throw new IOException("two methods in one command");
    method = name;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      var field = in.currentName();
      var _ = in.nextToken();
      switch (field) {
        case "channel" -> channel = text(in);
        case "token" -> token = text(in);
        case "epoch" -> epoch = text(in);
        case "offset" -> offset = in.getLongValue();
        case "recover" -> recover = in.getBooleanValue();
        case "data" -> data = OneLine.of(in);
        default -> in.skipChildren();
      }
    }
  }

  private static String text(JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.VALUE_STRING) throw new IOException("no text");
    return in.getText();
  }

  private Command command() throws IOException {
    return switch (method) {
      case null -> throw new IOException("no method");
      case "connect" -> new Command.Connect(id, token);
      case "subscribe" ->
          new Command.Subscribe(
              id, channel, token, recover ? new Command.From(epoch, offset) : null);
      case "unsubscribe" -> new Command.Unsubscribe(id, channel);
      case "publish" -> {
        if (data == null) throw new IOException("nothing to publish");
        yield new Command.Publish(id, channel, data);
      }
      case "ping" -> new Command.Ping(id);
      default -> new Command.Other(id, KNOWN.contains(method));
    };
  }
}
