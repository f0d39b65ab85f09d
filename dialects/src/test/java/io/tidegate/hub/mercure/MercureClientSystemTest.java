package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.dialects.HubRig;
import io.tidegate.hub.dialects.Peers;
import io.tidegate.hub.jwt.JwtKey;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.jwt.Tokens;
import io.tidegate.testkit.Balanced;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Libraries of others: npm's `mercure` publishes, npm's `eventsource` subscribes.
@ExtendWith(Balanced.class)
class MercureClientSystemTest {
  private static final String CLIENT =
      """
      const { Publisher } = require('mercure');
      const { EventSource } = require('eventsource');
      const [port, jwt, other] = process.argv.slice(2);
      const at = { protocol: 'http', host: '127.0.0.1', port: Number(port), path: '/.well-known/mercure' };
      const url = `http://127.0.0.1:${port}${at.path}?topic=${encodeURIComponent('books/{id}')}&authorization=${jwt}`;
      const source = new EventSource(url);
      source.addEventListener('note', e => {
        console.log('GOT', e.lastEventId, JSON.stringify(e.data));
        source.close();
      });
      source.onopen = async () => {
        const id = await new Publisher({ ...at, jwt }).publish(['films/1', 'books/1'], 'gr\\u00fc\\u00dfe\\nall', { id: 'urn:me:7', type: 'note' });
        console.log('PUBLISHED', id);
        try {
          await new Publisher({ ...at, jwt: other }).publish(['books/1'], 'never');
        } catch (e) {
          console.log('REFUSED', e.message.trim());
        }
      };
      """;

  @TempDir private Path folder;

  @Test
  void theirPublisherPublishesAndTheirEventSourceSees() throws Exception {
    var tokens = new JwtVerifier(JwtKey.secret(Tokens.SECRET));
    var both = Tokens.of("{\"mercure\":{\"publish\":[\"*\"],\"subscribe\":[\"*\"]}}");
    var reader = Tokens.of("{\"mercure\":{\"subscribe\":[\"*\"]}}");
    try (var rig =
            new HubRig(
                HubConfig.DEFAULT.withTopic("mercure", TopicKind.Log.DEFAULT),
                (server, hub) -> {
                  var mercure = Mercure.on(hub, MercureConfig.of(tokens));
                  server
                      .get(Mercure.PATH, mercure.subscribe())
                      .post(Mercure.PATH, mercure.publish());
                });
        var client =
            Peers.node(
                folder, "mercure", CLIENT, "" + rig.server.address().getPort(), both, reader)) {
      var _ = client.awaitLine("PUBLISHED urn:me:7"::equals, HubRig.PATIENCE);
      var _ = client.awaitLine("GOT urn:me:7 \"grüße\\nall\""::equals, HubRig.PATIENCE);
      var refused = client.awaitLine(line -> line.startsWith("REFUSED"), HubRig.PATIENCE);

      assertThat(refused).isEqualTo("REFUSED 403 Forbidden : a token without mercure.publish");
      assertThat(client.awaitExit(HubRig.PATIENCE)).isZero();
    }
  }
}
