package io.tidegate.hub.centrifugo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Random;
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

  /// What a peer sends can make it refuse, and nothing else.
  @Test
  void whateverComesItIsReadOrRefused() {
    var random = new Random(7);
    var text =
        "{\"id\":2,\"subscribe\":{\"channel\":\"c\",\"recover\":true,\"epoch\":\"1a\",\"offset\":7}}\n"
            + "{\"id\":5,\"publish\":{\"channel\":\"c\",\"data\":{\"a\":[1.5e3,null,\"x\\u00e9\"]}}}";
    int refused = 0;
    for (int i = 0; i < 50_000; i++) {
      var spoilt = new StringBuilder(text);
      for (int n = random.nextInt(4); n >= 0; n--) {
        int at = random.nextInt(spoilt.length());
        if (random.nextBoolean()) spoilt.setCharAt(at, (char) random.nextInt(0x180));
        else spoilt.delete(at, Math.min(spoilt.length(), at + 1 + random.nextInt(5)));
      }
      try {
        assertThat(CommandReader.read(spoilt.toString())).isNotNull();
      } catch (IOException none) {
        refused++;
      }
    }

    assertThat(refused).isBetween(20_000, 50_000);
  }
}
