package io.tidegate.hub.centrifugo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandReaderTest {
  @Test
  void commandsStandOneALine() throws IOException {
    var text =
        """
        {"id":1,"connect":{"token":"t","name":"js","data":{"a":[1]}}}
        {"id":2,"subscribe":{"channel":"chat/1","recover":true,"epoch":"1a","offset":7,"flag":1}}
        {"id":3,"subscribe":{"channel":"chat/2","token":"s","epoch":"1a","offset":7}}
        {"id":4,"unsubscribe":{"channel":"chat/1"}}
        {}
        {"id":5,"publish":{"channel":"chat/1","data":{"text":"line\\nfeed", "n": 1.50}}}
        {"id":6,"ping":{}}
        {"id":7,"presence":{"channel":"chat/1"}}
        {"id":8,"dance":{}}
        {"send":{"data":null}}\
        """;

    assertThat(CommandReader.read(text))
        .containsExactly(
            new Command.Connect(1, "t"),
            new Command.Subscribe(2, "chat/1", "", new Command.From("1a", 7)),
            new Command.Subscribe(3, "chat/2", "s", null),
            new Command.Unsubscribe(4, "chat/1"),
            new Command.Pong(),
            new Command.Publish(5, "chat/1", "{\"text\":\"line\\nfeed\",\"n\":1.50}"),
            new Command.Ping(6),
            new Command.Other(7, true),
            new Command.Other(8, false),
            new Command.Other(0, true));
  }

  @Test
  void whatIsPublishedIsOnOneLineHoweverItCame() throws IOException {
    var commands =
        CommandReader.read(
            "{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":{\n \"a\":\r\n[1,\n2]}}}");

    assertThat(commands).containsExactly(new Command.Publish(1, "c", "{\"a\":[1,2]}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "[]",
        "1",
        "{\"id\":1}",
        "{\"id\":-1,\"ping\":{}}",
        "{\"id\":99999999999,\"ping\":{}}",
        "{\"id\":\"1\",\"ping\":{}}",
        "{\"id\":1,\"ping\":{},\"connect\":{}}",
        "{\"id\":1,\"publish\":{\"channel\":\"c\"}}",
        "{\"id\":1,\"subscribe\":{\"channel\":7}}",
        "{\"id\":1,\"subscribe\":{\"channel\":\"c\"",
        "{\"id\":1,\"subscribe\":{\"recover\":\"yes\"}}"
      })
  void whatIsNoCommandIsRefused(String text) {
    assertThatThrownBy(() -> CommandReader.read(text)).isInstanceOf(IOException.class);
  }

  @Test
  void tooManyAndTooDeepAreRefused() throws IOException {
    assertThat(CommandReader.read("{}".repeat(CommandReader.MOST_COMMANDS)))
        .hasSize(CommandReader.MOST_COMMANDS);
    assertThatThrownBy(() -> CommandReader.read("{}".repeat(CommandReader.MOST_COMMANDS + 1)))
        .hasMessage("too many commands");
    assertThatThrownBy(() ->
            CommandReader.read(
                "{\"publish\":{\"data\":" + "[".repeat(100) + "]".repeat(100) + "}}"))
        .isInstanceOf(IOException.class);
  }
}
