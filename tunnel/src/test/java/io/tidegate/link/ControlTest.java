package io.tidegate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Control lines: their form, and their bounds.
@ExtendWith({Balanced.class, Leaks.class})
class ControlTest {
  private static final Control.Exchange EXCHANGE =
      new Control.Exchange(2, 0, "GET", "/a?b", 200, 13, 8, 100, 1, 5000, null);

  static List<Control> messages() {
    return List.of(
        new Control.Register(0, "", Preface.Kind.HTTP, List.of(), "", 120),
        new Control.Register(65_535, "demo", Preface.Kind.TCP, List.of("mqtt", "x"), "h:1", 1),
        new Control.Registered(7, -1, "demo", "https://demo.example"),
        new Control.Refused(7, "name_taken"),
        new Control.Superseded("demo"),
        new Control.Rotate(),
        EXCHANGE,
        new Control.Exchange(4, 1, "POST", "/é\"\\", 0, 1, 2, 3, 4, 1L << 40, CutReason.LINK_LOST));
  }

  private static String written(Control message) {
    var target = new byte[32 * 1024];
    return new String(target, 0, ControlCodec.write(message, target), StandardCharsets.UTF_8);
  }

  private static @Nullable Control read(String line) throws ControlCodec.BadLineException {
    var bytes = line.getBytes(StandardCharsets.UTF_8);
    return ControlCodec.read(bytes, bytes.length);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsWrittenIsReadAgain(Control message) throws ControlCodec.BadLineException {
    var line = written(message);

    assertThat(line).endsWith("}\n").doesNotContain("\n\n");
    assertThat(read(line.strip())).isEqualTo(message);
  }

  @Test
  void aMessageOfANewTypeIsPassedOver() throws ControlCodec.BadLineException {
    assertThat(read("{\"type\":\"weather\",\"sun\":[1,{\"a\":null}]}")).isNull();
  }

  @Test
  void fieldsThatAreNewArePassedOver() throws ControlCodec.BadLineException {
    assertThat(read("{\"deep\":{\"a\":[1,2]},\"type\":\"superseded\",\"name\":\"n\",\"x\":true}"))
        .isEqualTo(new Control.Superseded("n"));
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(
      strings = {
        "",
        "nothing",
        "7",
        "{\"type\":\"refused\",\"claim\":-1,\"reason\":\"r\"}",
        "{\"type\":\"refused\",\"claim\":65536,\"reason\":\"r\"}",
        "{\"type\":\"refused\",\"claim\":1.5,\"reason\":\"r\"}",
        "{\"type\":\"refused\",\"claim\":99999999999999999999,\"reason\":\"r\"}",
        "{\"type\":\"refused\",\"claim\":1}",
        "{\"type\":\"superseded\",\"name\":null}",
        "{\"type\":\"superseded\",\"name\":\"a\",\"name\":\"b\"}",
        "{\"type\":\"rotate\"",
        "{\"type\":\"rotate\"}x"
      })
  void whatIsNoMessageIsBad(String line) {
    assertThatThrownBy(() -> read(line)).isInstanceOf(ControlCodec.BadLineException.class);
  }

  @Test
  void textsAreCutAndWhatSteersATerminalIsWrittenOut() throws ControlCodec.BadLineException {
    var long300 = "x".repeat(255) + "\uD83D\uDE00" + "y".repeat(50);

    var cut = (Control.Superseded) read(written(new Control.Superseded(long300)));
    var shown =
        (Control.Superseded) read(written(new Control.Superseded("a\u001b[2J\u202eb\u009b")));

    assertThat(cut).isEqualTo(new Control.Superseded("x".repeat(255)));
    assertThat(shown).isEqualTo(new Control.Superseded("a\\u{1b}[2J\\u{202e}b\\u{9b}"));
  }

  @Test
  void linesPassBothWaysOverALink() throws IOException {
    try (var rig = LinkRig.open()) {
      var link = rig.dial();
      rig.edge.ear().controlled = true;
      var lines = rig.agent.call(() -> ControlLines.open(link, rig.agent.ear().handler()));
      rig.agent.run(
          () -> messages().subList(0, 2).forEach(line -> assertThat(lines.send(line)).isTrue()));
      Eventually.await(LinkRig.SOON, () -> "lines", () -> rig.edge.ear().lines.size() == 2);

      rig.edge.run(() ->
          messages()
              .subList(2, 7)
              .forEach(line -> assertThat(rig.edge.ear().control().send(line)).isTrue()));

      Eventually.await(LinkRig.SOON, () -> "lines", () -> rig.agent.ear().lines.size() == 5);
      assertThat(rig.edge.ear().lines).isEqualTo(messages().subList(0, 2));
      assertThat(rig.agent.ear().lines).isEqualTo(messages().subList(2, 7));
      assertThat(rig.agent.call(() -> link.openStream(new Sink()) == null)).isTrue();
    }
  }

  @Test
  void exchangesThatFindNoRoomAreDroppedAndCounted() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.connect(rig.listener.address())) {
      rig.edge.ear().controlled = true;
      peer.send(RawPeer.frame(RawPeer.WINDOW, RawPeer.SYN, 1, 0));
      Eventually.await(LinkRig.SOON, () -> "control", () -> rig.edge.ear().isControlled());
      var lines = rig.edge.ear().control();
      int bytes = written(EXCHANGE).length();
      long sent =
          rig.edge.call(() -> {
            long taken = 0;
            for (int i = 0; i < 1000; i++) if (lines.send(EXCHANGE)) taken++;
            return taken;
          });

      // 64 KiB wait; the others were never made
      assertThat(sent).isEqualTo(64 * 1024 / bytes);
      assertThat(rig.edge.call(lines::dropped)).isEqualTo(1000 - sent);
      assertThat(rig.edge.call(() -> lines.send(new Control.Superseded("n")))).isTrue();
      // beyond its window the stream holds the slack of one gathering buffer
      assertThat(rig.edge.tunnel.held(Purse.DIRECT))
          .isLessThan(rig.edge.config.firstWindowBytes() + 8 * 1024);
    }
  }

  @Test
  void theEndOfTheControlStreamEndsTheLink() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.connect(rig.listener.address())) {
      rig.edge.ear().controlled = true;

      peer.send(RawPeer.frame(RawPeer.WINDOW, RawPeer.SYN, 1, 0));
      peer.send(RawPeer.frame(RawPeer.DATA, RawPeer.FIN, 1, 0));

      Eventually.await(LinkRig.SOON, () -> "end", () -> !rig.edge.ear().ends.isEmpty());
      assertThat(rig.edge.ear().ends).containsExactly(CutReason.PEER_GONE);
    }
  }
}
