package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.ClientTimeouts;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.h2.Http2Limits;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.TopicRule;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Rate;
import io.tidegate.link.LinkConfig;
import io.tidegate.net.Connection;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.PieceQueue;
import io.tidegate.net.ProxyLimits;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.WriteLimits;
import io.tidegate.net.tls.TlsConfig;
import io.tidegate.outbound.Slow;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// `docs/limits.md` is what the records say. `-Dtidegate.write=true` writes it anew.
class LimitsPageTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PAGE = ROOT.resolve("docs/limits.md");

  /// A purse at which the link's first window lies between its bounds.
  private static final Budget SMALL = new Budget(48 << 20, 38 << 20);

  @Test
  void theCommittedPageIsWhatTheRecordsSay() throws IOException {
    var page = page();
    if (Boolean.getBoolean("tidegate.write")) Files.writeString(PAGE, page);

    assertThat(Files.readString(PAGE))
        .as("docs/limits.md; write it anew with -Dtest=LimitsPageTest -Dtidegate.write=true")
        .isEqualTo(page);
  }

  private static String page() throws IOException {
    var anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return """
    # Limits

    Written by `LimitsPageTest` from the records in the code and their documentation; a build fails when the two differ. No value
    means "unlimited": every limit is finite, and a record refuses nonsense when it is made.

    A connection costs %s of the heap purse, and each piece that waits in a queue %s besides its bytes.
    """
            .formatted(bytes(Connection.HEAP_PRICE), bytes(PieceQueue.PIECE_BYTES))
        + table(
            "core",
            "A listener",
            ListenerConfig.forVisitors(anywhere),
            Set.of("address", "options", "writeLimits", "maxConnections"))
        + """

        `maxConnections` is what half of the largest heap pays for (%s each), or 80 %% of the file limit if that is less; at least 16.
        """
            .formatted(bytes(Connection.HEAP_PRICE))
        + table("core", "Writing to a peer", WriteLimits.DEFAULT, Set.of())
        + table("core", "A visitor's socket in the kernel", SocketOptions.VISITOR, Set.of())
        + table("core", "HTTP", HttpLimits.DEFAULT, Set.of("head"))
        + table("core", "HTTP/2", Http2Limits.DEFAULT, Set.of())
        + """

        An HTTP/2 connection costs %s of the heap purse besides what any connection does, and each of its streams 1 KiB.
        """
            .formatted(bytes(Http2Limits.DEFAULT.heapPriceBytes()))
        + table("core", "A PROXY header", ProxyLimits.DEFAULT, Set.of())
        + table(
            "core",
            "TLS",
            TlsConfig.DEFAULT,
            Set.of("applicationProtocols", "authentication", "authorities", "engine"))
        + """

        A connection over TLS costs 1 KiB of the heap purse and 8 KiB of the direct purse more than a plain one, which BoringSSL holds in
        native memory; 32 KiB more while it shakes hands.
        """
        + table("core", "Heads, trailers and chunk extensions", HeadLimits.DEFAULT, Set.of())
        + table("core", "WebSocket", WebSocketLimits.DEFAULT, Set.of())
        + table(
            "core",
            "A path's WebSockets, or a client's",
            WebSocketConfig.DEFAULT,
            Set.of("handshake", "limits", "deflate"))
        + table("core", "Opening a WebSocket as a client", ClientTimeouts.DEFAULT, Set.of())
        + table("core", "A hub", HubConfig.DEFAULT, Set.of("rules"))
        + topics()
        + table(
            "tunnel",
            "A link, where the direct purse is 48 MiB",
            LinkConfig.forBudget(SMALL, LinkConfig.SPEC_WINDOW_BYTES),
            Set.of())
        + """

        `firstWindowBytes` is the direct purse / 2,048, within 16 and 64 KiB; `peerFirstWindowBytes` is what the peer names, here the
        specification's.
        """;
  }

  private static String topics() {
    var log = TopicKind.Log.DEFAULT;
    var keyed = TopicKind.Keyed.DEFAULT;
    var latest = TopicKind.Latest.DEFAULT;
    return """

    A topic that is a log keeps %,d messages in %s for %s, each of up to %s; one by key %,d keys in %s, each of up to %s, and %,d removals;
    one of the newest message alone takes up to %s. Each takes %s; the longest message that can be configured is %s.
    """
        .formatted(
            log.maxMessages(),
            bytes(log.ringBytes()),
            time(log.maxAge()),
            bytes(log.maxMessageBytes()),
            keyed.maxKeys(),
            bytes(keyed.ringBytes()),
            bytes(keyed.maxMessageBytes()),
            keyed.maxTombstones(),
            bytes(latest.maxMessageBytes()),
            text("rate", TopicRule.DEFAULT_RATE),
            bytes(TopicKind.MOST_MESSAGE_BYTES));
  }

  private static String table(String module, String title, Record limits, Set<String> without)
      throws IOException {
    var type = limits.getClass();
    var meanings = meanings(source(module, type));
    var rows =
        Arrays.stream(type.getRecordComponents())
            .filter(component -> !without.contains(component.getName()))
            .map(component -> {
              var name = component.getName();
              var meaning = meanings.get(name);
              assertThat(meaning).as("@param %s of %s", name, type.getSimpleName()).isNotNull();
              return "| `"
                  + name
                  + "` | "
                  + text(name, value(limits, component.getName()))
                  + " | "
                  + meaning
                  + " |\n";
            })
            .collect(Collectors.joining());
    return "\n## "
        + title
        + " (`"
        + type.getSimpleName()
        + "`)\n\n| limit | default | what it is |\n|---|---|---|\n"
        + rows;
  }

  private static @Nullable Object value(Record limits, String component) {
    try {
      return limits.getClass().getMethod(component).invoke(limits);
    } catch (ReflectiveOperationException hidden) {
      throw new LinkageError(component, hidden);
    }
  }

  private static String source(String module, Class<?> type) throws IOException {
    return Files.readString(
        ROOT.resolve(module + "/src/main/java/" + type.getName().replace('.', '/') + ".java"));
  }

  /// What the record's documentation says of each component.
  private static Map<String, String> meanings(String source) {
    var head = source.substring(0, source.indexOf("public record"));
    var found = new HashMap<String, String>();
    var matcher = Pattern.compile("/// @param (\\w+) (.*(?:\\R///   .*)*)").matcher(head);
    while (matcher.find()) {
      var sentence =
          matcher.group(2).replaceAll("\\R///\\s+", " ").replaceAll("\\[[#\\w]*?(\\w+)]", "`$1`");
      found.put(matcher.group(1), sentence.replace("|", "\\|"));
    }
    return found;
  }

  private static String text(String name, @Nullable Object value) {
    return switch (value) {
      case null -> "the kernel's own";
      case Duration time -> time(time);
      case Budget budget ->
          bytes(budget.directBytes()) + " direct, " + bytes(budget.heapBytes()) + " heap";
      case Rate rate -> String.format(Locale.ROOT, "%,d in %s", rate.count(), time(rate.per()));
      case Slow.WaitUpTo(var atMost) -> "its sender waits up to " + time(atMost);
      case WriteLimits flow ->
          "stall "
              + time(flow.stall())
              + ", "
              + bytes(flow.leastBytesPerSecond())
              + "/s over "
              + time(flow.rateWindow());
      case Integer number when name.endsWith("PerSecond") -> bytes(number) + "/s";
      case Integer number when name.endsWith("Bytes") -> bytes(number);
      case Integer number when name.endsWith("Percent") -> number + " %";
      case Integer number -> String.format(Locale.ROOT, "%,d", number);
      default -> throw new IllegalStateException("no words for " + value);
    };
  }

  private static String bytes(long count) {
    if (count >= 1 << 20 && count % (1 << 20) == 0) return (count >> 20) + " MiB";
    if (count >= 1 << 10 && count % (1 << 10) == 0) return (count >> 10) + " KiB";
    return String.format(Locale.ROOT, "%,d B", count);
  }

  private static String time(Duration time) {
    long seconds = time.toSeconds();
    if (seconds >= 3_600 && seconds % 3_600 == 0) return seconds / 3_600 + " h";
    if (seconds >= 120 && seconds % 60 == 0) return seconds / 60 + " min";
    return seconds + " s";
  }
}
