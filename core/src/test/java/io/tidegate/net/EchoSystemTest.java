package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tidegate.testkit.Balanced;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({Balanced.class, Quiet.class})
class EchoSystemTest {
  /// Sends back what comes, and ends when the peer has.
  private record Echo(Connection connection) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      var _ = connection.offer(piece, piece.readableBytes(), connection);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  @ParameterizedTest
  @EnumSource
  void whatIsSentComesBackInOrderAndThenTheEnd(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(Echo::new);
        var client = door.call()) {
      echoes(client);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSplicePassesBothWaysAndTheEndOfEach(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var app = rig.door(Echo::new);
        var door = rig.door(visitor -> spliced(rig, app, visitor));
        var client = door.call()) {
      echoes(client);
    }
  }

  private static ByteStream.Reader spliced(Rig rig, Rig.Door app, Connection visitor) {
    visitor.pauseReading(true);
    var _ =
        visitor.own(
            rig.dialer()
                .dial(
                    visitor.loop(),
                    app.listener.address(),
                    new Dialer.Outcome() {
                      @Override
                      public ByteStream.Reader connected(Connection connection) {
                        visitor.read(Splice.into(visitor, connection));
                        visitor.pauseReading(false);
                        return Splice.into(connection, visitor);
                      }

                      @Override
                      public void failed(Dialer.Failure failure) {
                        visitor.reset(failure.reason());
                      }
                    }));
    return new Discard(visitor);
  }

  private static void echoes(java.net.Socket client) throws Exception {
    var sent = new byte[3_000_000];
    new Random(7).nextBytes(sent);

    var writer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.getOutputStream().write(sent);
                client.shutdownOutput();
              } catch (java.io.IOException broken) {
                throw new java.io.UncheckedIOException(broken);
              }
            });
    var received = client.getInputStream().readAllBytes();

    assertThat(received).isEqualTo(sent);
    writer.join();
  }
}
