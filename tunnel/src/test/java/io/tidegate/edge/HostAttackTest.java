package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.message.Authority;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A34: hosts that two readers could take for different ones. There is one canonical value, and
/// what routes a request is what the app, the log and the forwarded fields are told.
@ExtendWith(Balanced.class)
class HostAttackTest {
  private static final String DOMAIN = "edge.example";
  private static final int INPUTS = 100_000;
  private static final Pattern LABEL = Pattern.compile("[a-z0-9_-]{1,63}");
  private static final String[] PARTS = {
    "shop",
    "Shop",
    "SHOP",
    "a",
    "x-y",
    "xn--bcher-kva",
    "www",
    "edge.example",
    "EDGE.Example",
    "edge",
    "example",
    "localhost",
    "LOCALHOST",
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[0:0::1]",
    ".",
    ".",
    ".",
    "..",
    ":",
    ":80",
    ":8080",
    ":0",
    ":65536",
    "@",
    "/",
    "\\",
    "%2e",
    "%00",
    " ",
    "\t",
    "_",
    "-",
    ",",
    ";",
    "\"",
    "'",
    "#",
    "?",
    "\u00fc",
    "\u0131",
    "\u212a",
    "\uff0e",
    "\u00ad",
    "\r\n",
    "\0",
    "=",
    "<",
    ">"
  };

  private final HeadBuilder builder = new HeadBuilder();

  private Visitor visitor(String host, boolean loopback) {
    return Visitor.of(
        host, InetAddress.getLoopbackAddress(), DOMAIN, loopback, "http", "1.1", builder);
  }

  private static String random(Random random) {
    var text = new StringBuilder();
    for (int parts = 1 + random.nextInt(5); parts > 0; parts--)
      text.append(PARTS[random.nextInt(PARTS.length)]);
    if (random.nextInt(3) == 0) text.append(".").append(DOMAIN);
    if (random.nextInt(4) == 0) text.append(".localhost");
    return text.toString();
  }

  /// What the pieces are made of is such that every kind comes often; the seed is fixed.
  @Test
  void aHundredThousandHostsHaveOneValueEachThatRoutesAndIsTold() {
    var random = new Random(34);
    int routed = 0;
    int own = 0;
    int refused = 0;
    for (int i = 0; i < INPUTS; i++) {
      var text = random(random);
      boolean loopback = random.nextBoolean();
      var authority = Authority.parse(text);
      if (authority == null) {
        refused++; // with 400, before anybody asks whose it is: the scanner's rule is the same
        continue;
      }
      var visitor = visitor(text, loopback);
      same(text, visitor.host(), authority.host());
      itsOtherSpellingsAreTheSame(visitor, text, loopback);
      itsForwardedFieldsNameIt(visitor, text);
      if (visitor.name() != null) {
        routed++;
        theNameIsOneLabelOfTheHost(visitor, loopback);
      }
      if (visitor.isOwn()) own++;
    }
    Figures.note(
        "A34: "
            + routed
            + " routed, "
            + own
            + " the edge's own, "
            + refused
            + " refused of "
            + INPUTS);
    assertThat(routed).isGreaterThan(500);
    assertThat(own).isGreaterThan(500);
    assertThat(refused).isGreaterThan(10_000);
  }

  private void itsOtherSpellingsAreTheSame(Visitor visitor, String text, boolean loopback) {
    for (var other :
        new String[] {
          visitor.host(), text.toLowerCase(Locale.ROOT), text.toUpperCase(Locale.ROOT)
        }) {
      var same = visitor(other, loopback);
      same(text, same.host(), visitor.host());
      same(text, same.name(), visitor.name());
      same(text, same.isOwn(), visitor.isOwn());
    }
  }

  /// A description is only made of what differs: there are a million of these.
  private static void same(String text, @Nullable Object got, @Nullable Object wanted) {
    if (!Objects.equals(got, wanted)) assertThat(got).as(text).isEqualTo(wanted);
  }

  private static void itsForwardedFieldsNameIt(Visitor visitor, String text) {
    var told = Objects.requireNonNull(visitor.added().value(FieldName.X_FORWARDED_HOST));
    same(text, Objects.requireNonNull(Authority.parse(told)).host(), visitor.host());
    var forwarded = Objects.requireNonNull(visitor.added().value(FieldName.FORWARDED));
    same(text, forwarded.contains(";host=\"" + told + "\";"), true);
  }

  private static void theNameIsOneLabelOfTheHost(Visitor visitor, boolean loopback) {
    var name = Objects.requireNonNull(visitor.name());
    same(visitor.host(), visitor.isOwn(), false);
    same(visitor.host(), LABEL.matcher(name).matches(), true);
    boolean local = loopback && visitor.host().endsWith(".localhost");
    same(visitor.host(), visitor.host(), name + (local ? ".localhost" : "." + DOMAIN));
  }

  @ParameterizedTest
  @CsvSource({
    "shop.edge.example, shop",
    "SHOP.Edge.EXAMPLE, shop",
    "shop.edge.example., shop",
    "shop.edge.example:8080, shop",
    "shop.edge.example.:1, shop",
    "a.shop.edge.example,",
    "shop.edge.example..,",
    ".edge.example,",
    "shop..edge.example,",
    "shopedge.example,",
    "shop.edge.example.evil.example,",
    "edge.example.shop.edge.example,",
    "shop.edge.example:0,",
    "shop.edge.example:99999,",
    "user@shop.edge.example,",
    "shop%2eedge.example,",
    "shop.localhost,",
    "127.0.0.1,",
    "[::1],",
    "edge.example,",
    "EDGE.example.,"
  })
  void exactlyOneLabelBeforeTheDomainIsAName(String host, @Nullable String name) {
    assertThat(visitor(host, false).name()).isEqualTo(name);
    assertThat(visitor(host, false).isOwn())
        .isEqualTo(host.toLowerCase(Locale.ROOT).replaceAll("\\.$", "").equals(DOMAIN));
  }

  @Test
  void namesOfLocalhostCountOnALoopbackListenerAlone() {
    assertThat(visitor("shop.localhost", true).name()).isEqualTo("shop");
    assertThat(visitor("shop.localhost", false).name()).isNull();
    assertThat(visitor("localhost", true).isOwn()).isTrue();
    assertThat(visitor("localhost", false).isOwn()).isFalse();
    assertThat(visitor("127.0.0.1:80", true).isOwn()).isTrue();
    assertThat(visitor("127.0.0.1:80", false).isOwn()).isFalse();
  }

  @Test
  void theAbsoluteTargetsHostRoutesAndIsTheOnlyOneThatTheAppSees() throws IOException {
    try (var shop = RecordingOrigin.open();
        var other = RecordingOrigin.open();
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      var _ = rig.expose("shop", shop.port());
      var _ = rig.expose("other", other.port());
      try (var visitor = rig.visit()) {
        visitor.send(
            "GET http://"
                + rig.host("shop")
                + "/x HTTP/1.1\r\nHost: "
                + rig.host("other")
                + "\r\nX-Forwarded-Host: other\r\n\r\n");
        assertThat(visitor.body(visitor.finalHead(), "GET").text()).isEqualTo("ok");
      }

      assertThat(other.whole()).isEmpty();
      assertThat(shop.whole())
          .singleElement()
          .satisfies(seen -> {
            assertThat(seen.line()).isEqualTo("GET /x HTTP/1.1");
            assertThat(seen.field("Host")).isEqualTo(rig.host("shop"));
            assertThat(seen.field("X-Forwarded-Host")).isEqualTo(rig.host("shop"));
            assertThat(seen.head()).doesNotContain("other");
          });
    }
  }

  @Test
  void everySpellingReachesTheOneTunnel() throws IOException {
    var spellings =
        Map.of(
            "SHOP.localhost",
            200,
            "shop.LOCALHOST.",
            200,
            "shop.localhost:1",
            200,
            "x.shop.localhost",
            404,
            "shop",
            404,
            "xn--shop.localhost",
            404,
            "shop.localhost.localhost",
            404);
    try (var shop = RecordingOrigin.open();
        var rig = TunnelRig.bare(UnaryOperator.identity(), 1)) {
      var _ = rig.expose("shop", shop.port());

      for (var spelling : spellings.entrySet()) {
        try (RawHttp visitor = rig.visit()) {
          assertThat(visitor.get(spelling.getKey(), "/").status())
              .as(spelling.getKey())
              .isEqualTo(spelling.getValue());
        }
      }

      assertThat(shop.whole()).hasSize(3);
    }
  }
}
