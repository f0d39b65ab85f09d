package io.tidegate.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.server.HttpServer;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHead;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaticFilesSystemTest {
  private static final String SECRET = "not for peers";

  @TempDir private Path directory;
  private HttpServer server;

  /// What came back.
  private record Got(RawHead head, byte[] bytes) {
    int status() {
      return head.status();
    }

    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  @BeforeEach
  void serve() throws IOException {
    var root = Files.createDirectories(directory.resolve("root"));
    Files.writeString(directory.resolve("secret.txt"), SECRET);
    Files.writeString(root.resolve("a.txt"), "0123456789");
    Files.writeString(root.resolve("ünï code.html"), "named");
    Files.writeString(root.resolve(".hidden"), SECRET);
    Files.createDirectories(root.resolve(".git"));
    Files.writeString(root.resolve(".git/config"), SECRET);
    Files.createDirectories(root.resolve(".well-known"));
    Files.writeString(root.resolve(".well-known/x.txt"), "known");
    Files.createDirectories(root.resolve("sub/empty"));
    Files.writeString(root.resolve("sub/index.html"), "<p>index");
    Files.writeString(root.resolve("app.js"), "plain");
    Files.writeString(root.resolve("app.js.br"), "as brotli");
    Files.writeString(root.resolve("app.js.gz"), "as gzip");
    Files.createSymbolicLink(root.resolve("inner"), root.resolve("a.txt"));
    Files.createSymbolicLink(root.resolve("outer"), directory.resolve("secret.txt"));
    Files.createSymbolicLink(root.resolve("up"), directory);
    server =
        HttpServer.start(
            s -> s.listen("127.0.0.1", 0).grace(Duration.ofMillis(200)).mount("/f", files(root)));
  }

  private static StaticFiles files(Path root) {
    try {
      return StaticFiles.of(root).withCacheControl("max-age=60");
    } catch (IOException missing) {
      throw new java.io.UncheckedIOException(missing);
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Got get(String path, String... fields) throws IOException {
    return ask("GET", path, fields);
  }

  private Got ask(String method, String path, String... fields) throws IOException {
    try (var peer = RawHttp.open(server.address(), Duration.ofSeconds(10))) {
      var request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: x\r\n");
      for (var field : fields) request.append(field).append("\r\n");
      peer.send(request.append("\r\n").toString());
      var head = peer.head();
      RawBody body = peer.body(head, method);
      return new Got(head, body.bytes());
    }
  }

  @Test
  void aFileIsServedWithItsTypeAndWhatIdentifiesIt() throws IOException {
    var got = get("/f/a.txt");

    assertThat(got.status()).isEqualTo(200);
    assertThat(got.text()).isEqualTo("0123456789");
    assertThat(got.head().first("Content-Type")).isEqualTo("text/plain; charset=utf-8");
    assertThat(got.head().first("Cache-Control")).isEqualTo("max-age=60");
    assertThat(got.head().first("ETag")).matches("\"[0-9a-f]+-a\"");
    assertThat(got.head().first("Last-Modified")).endsWith(" GMT");
    assertThat(get("/f/%C3%BCn%C3%AF%20code.html").text()).isEqualTo("named");
    assertThat(get("/f/.well-known/x.txt").text()).isEqualTo("known");
    assertThat(get("/f/inner").text()).isEqualTo("0123456789");
    assertThat(ask("HEAD", "/f/a.txt").head().first("Content-Length")).isEqualTo("10");
    assertThat(ask("POST", "/f/a.txt").head().first("Allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void aDirectoryIsItsIndexBehindASlash() throws IOException {
    assertThat(get("/f/sub/").text()).isEqualTo("<p>index");
    assertThat(get("/f/sub").status()).isEqualTo(308);
    assertThat(get("/f/sub").head().first("Location")).isEqualTo("/f/sub/");
    assertThat(get("/f/sub/empty/").status()).isEqualTo(404);
    assertThat(get("/f/a.txt/").status()).isEqualTo(404);
    assertThat(get("/f").status()).isEqualTo(308);
    assertThat(get("/f").head().first("Location")).isEqualTo("/f/");
    assertThat(get("/f/sub?a=1&b=%2F").head().first("Location")).isEqualTo("/f/sub/?a=1&b=%2F");
    assertThat(get("/f?x").head().first("Location")).isEqualTo("/f/?x");
  }

  /// As a deployment replaces it, again and again: a tag that comes with what another one stands
  /// for stays in caches.
  @Test
  void aFileThatIsReplacedWhileItIsAskedForIsWhatItsTagSays() throws Exception {
    var file = directory.resolve("root/app.txt");
    var next = directory.resolve("next");
    replace(file, next, 0);
    var bodies = new HashMap<String, String>();
    var isOver = new AtomicBoolean();
    var deploys =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 0; !isOver.get(); i++) replace(file, next, i % 26);
            });
    try {
      for (int i = 0; i < 2_000; i++) {
        var got = get("/f/app.txt");
        if (got.status() == 503) continue;
        var tag = String.valueOf(got.head().first("ETag"));
        assertThat(got.text()).isEqualTo(bodies.computeIfAbsent(tag, _ -> got.text()));
      }
    } finally {
      isOver.set(true);
      deploys.join();
    }
    assertThat(bodies).hasSizeGreaterThan(2);
  }

  private static void replace(Path file, Path next, int letter) {
    try {
      Files.writeString(next, ("" + (char) ('a' + letter)).repeat(100));
      Files.setLastModifiedTime(next, FileTime.fromMillis(1_000_000_000_000L + letter * 1_000L));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  @Test
  void whereAFileHasOtherNamesItsOwnIsLookedAt() {
    var root = Path.of("/srv");

    assertThat(SafePath.isSafe(root, Path.of("/srv"))).isTrue();
    assertThat(SafePath.isSafe(root, Path.of("/srv/sub/a.txt"))).isTrue();
    assertThat(SafePath.isSafe(root, Path.of("/srv/.well-known/x"))).isTrue();
    assertThat(SafePath.isSafe(root, Path.of("/srv/.git/config"))).isFalse();
    assertThat(SafePath.isSafe(root, Path.of("/srv/sub/.env"))).isFalse();
    assertThat(SafePath.isSafe(root, Path.of("/etc/passwd"))).isFalse();
  }

  @Test
  void noSpellingOfAPathLeadsOut() throws IOException {
    var ways = new ArrayList<String>();
    var parents =
        List.of(
            "..",
            "%2e%2e",
            "%2E.",
            ".%2e",
            "%252e%252e",
            "..%00",
            "%00..",
            "..%20",
            "..%2e",
            "%c0%ae%c0%ae",
            "%e0%80%ae%e0%80%ae",
            "..;",
            "...",
            "..%09",
            "%uff0e%uff0e",
            "..:");
    var slashes = List.of("/", "%2f", "%5c", "\\", "//", "/./", "%252f");
    for (var parent : parents) {
      for (var slash : slashes) {
        ways.add("/f/" + parent + slash + "secret.txt");
        ways.add("/f/sub/" + parent + slash + parent + slash + "secret.txt");
      }
    }
    ways.addAll(
        List.of(
            "/f/outer",
            "/f/up/secret.txt",
            "/f/.hidden",
            "/f/.git/config",
            "/f/%2egit/config",
            "/f/sub/../.hidden",
            "/f/" + directory + "/secret.txt",
            "/f//etc/passwd",
            "/f/%2fetc%2fpasswd",
            "/f/file:%2f%2f%2fetc%2fpasswd",
            "/f/a.txt%00.html",
            "/f/a.txt.",
            "/f/a.txt%20",
            "/f/a.txt::$DATA",
            "/f/C:%5csecret.txt",
            "/f/A.TXT"));

    for (var way : ways) {
      var got = get(way);

      assertThat(got.status()).as(way).isIn(400, 404);
      assertThat(got.text()).as(way).doesNotContain(SECRET).doesNotContain("root:");
    }
    assertThat(ways.size()).isGreaterThan(200);
  }

  @Test
  void aRangeIsServedAloneAndMoreThanOneIsTheWhole() throws IOException {
    assertThat(get("/f/a.txt", "Range: bytes=2-4").text()).isEqualTo("234");
    assertThat(get("/f/a.txt", "Range: bytes=2-4").status()).isEqualTo(206);
    assertThat(get("/f/a.txt", "Range: bytes=2-4").head().first("Content-Range"))
        .isEqualTo("bytes 2-4/10");
    assertThat(get("/f/a.txt", "Range: bytes=7-").text()).isEqualTo("789");
    assertThat(get("/f/a.txt", "Range: bytes=7-99").text()).isEqualTo("789");
    assertThat(get("/f/a.txt", "Range: bytes=-3").text()).isEqualTo("789");
    assertThat(get("/f/a.txt", "Range: bytes=-99").text()).isEqualTo("0123456789");
    for (var past : List.of("bytes=10-", "bytes=-0", "bytes=99-100")) {
      assertThat(get("/f/a.txt", "Range: " + past).status()).as(past).isEqualTo(416);
      assertThat(get("/f/a.txt", "Range: " + past).head().first("Content-Range"))
          .isEqualTo("bytes */10");
    }
    for (var odd :
        List.of(
            "bytes=1-2,3-4",
            "bytes=4-2",
            "items=1-2",
            "bytes=a-b",
            "bytes=",
            "bytes=-",
            "bytes=0-" + ",0-".repeat(999),
            "bytes=99999999999999999999-")) {
      assertThat(get("/f/a.txt", "Range: " + odd).status()).as(odd).isEqualTo(200);
    }
  }

  @Test
  void conditionsSpareWhatThePeerHas() throws IOException {
    var known = get("/f/a.txt").head();
    var tag = known.first("ETag");
    var date = known.first("Last-Modified");

    assertThat(get("/f/a.txt", "If-None-Match: " + tag).status()).isEqualTo(304);
    assertThat(get("/f/a.txt", "If-None-Match: \"x\", W/" + tag).status()).isEqualTo(304);
    assertThat(get("/f/a.txt", "If-None-Match: *").status()).isEqualTo(304);
    assertThat(get("/f/a.txt", "If-None-Match: \"x\"").status()).isEqualTo(200);
    assertThat(get("/f/a.txt", "If-Modified-Since: " + date).status()).isEqualTo(304);
    assertThat(get("/f/a.txt", "If-None-Match: \"x\"", "If-Modified-Since: " + date).status())
        .isEqualTo(200);
    assertThat(get("/f/a.txt", "If-Match: \"x\"").status()).isEqualTo(412);
    assertThat(get("/f/a.txt", "If-Match: W/" + tag).status()).isEqualTo(412);
    assertThat(get("/f/a.txt", "If-Match: " + tag).status()).isEqualTo(200);
    assertThat(get("/f/a.txt", "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT").status())
        .isEqualTo(412);
    assertThat(get("/f/a.txt", "Range: bytes=1-1", "If-Range: " + tag).status()).isEqualTo(206);
    assertThat(get("/f/a.txt", "Range: bytes=1-1", "If-Range: \"x\"").status()).isEqualTo(200);
    assertThat(get("/f/a.txt", "Range: bytes=1-1", "If-Range: " + date).status()).isEqualTo(206);
  }

  @Test
  void theCodingThatThePeerTakesIsServedFromTheFileBeside() throws IOException {
    assertThat(get("/f/app.js", "Accept-Encoding: gzip, deflate, br").text())
        .isEqualTo("as brotli");
    assertThat(get("/f/app.js", "Accept-Encoding: br;q=0, gzip;q=0.5").text()).isEqualTo("as gzip");
    assertThat(get("/f/app.js").text()).isEqualTo("plain");
    var coded = get("/f/app.js", "Accept-Encoding: gzip").head();
    assertThat(coded.first("Content-Encoding")).isEqualTo("gzip");
    assertThat(coded.first("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
    assertThat(coded.first("Vary")).isEqualTo("Accept-Encoding");
    assertThat(get("/f/app.js").head().first("Vary")).isEqualTo("Accept-Encoding");
    assertThat(get("/f/a.txt").head().first("Vary")).isNull();
  }
}
