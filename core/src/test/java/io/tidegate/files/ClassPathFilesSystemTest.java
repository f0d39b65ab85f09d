package io.tidegate.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidegate.server.HttpServer;
import io.tidegate.testkit.RawHead;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Resources as an application has them: packed in its jar, or in the directory that its build
/// makes.
class ClassPathFilesSystemTest {
  private static final String SECRET = "not for peers";

  @TempDir private Path directory;

  private record Got(RawHead head, String text) {}

  /// A class path of one jar, or of one directory.
  private URLClassLoader loader(boolean packed) throws IOException {
    var classes = Files.createDirectory(directory.resolve("classes"));
    fill(classes);
    var root = packed ? directory.resolve("app.jar") : classes;
    if (packed) {
      var jar = URI.create("jar:" + root.toUri());
      try (var files = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
        fill(files.getPath("/"));
      }
    }
    return new URLClassLoader(new URL[] {root.toUri().toURL()}, null);
  }

  private static void fill(Path root) throws IOException {
    Files.createDirectories(root.resolve("web/sub"));
    Files.createDirectories(root.resolve("web/empty"));
    Files.writeString(root.resolve("web/a.txt"), "0123456789");
    Files.writeString(root.resolve("web/my page.html"), "spaced");
    Files.writeString(root.resolve("web/sub/index.html"), "<p>index");
    Files.writeString(root.resolve("web/app.js"), "plain");
    Files.writeString(root.resolve("web/app.js.gz"), "as gzip");
    Files.writeString(root.resolve("web/.hidden"), SECRET);
    Files.writeString(root.resolve("Secret.class"), SECRET);
  }

  private static HttpServer serve(ClassLoader loader) throws IOException {
    return HttpServer.start(with ->
        with.listen("127.0.0.1", 0)
            .grace(Duration.ofMillis(200))
            .mount("/f", StaticFiles.ofClassPath(loader, "web")));
  }

  private static Got get(HttpServer server, String path, String... fields) throws IOException {
    try (var peer = RawHttp.open(server.address(), Duration.ofSeconds(10))) {
      peer.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n");
      for (var field : fields) peer.send(field + "\r\n");
      peer.send("\r\n");
      var head = peer.head();
      return new Got(head, new String(peer.body(head, "GET").bytes(), StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void resourcesAreServedLikeFiles(boolean packed) throws Exception {
    try (var loader = loader(packed);
        var server = serve(loader)) {
      var got = get(server, "/f/a.txt");

      assertThat(got.text).isEqualTo("0123456789");
      assertThat(got.head.first("Content-Type")).isEqualTo("text/plain; charset=utf-8");
      assertThat(got.head.first("Content-Length")).isEqualTo("10");
      var tag = got.head.first("ETag");
      assertThat(get(server, "/f/a.txt", "If-None-Match: " + tag).head.status()).isEqualTo(304);
      assertThat(get(server, "/f/a.txt", "Range: bytes=3-5").text).isEqualTo("345");
      assertThat(get(server, "/f/my%20page.html").text).isEqualTo("spaced");
      assertThat(get(server, "/f/sub/").text).isEqualTo("<p>index");
      assertThat(get(server, "/f/sub").head.first("Location")).isEqualTo("/f/sub/");
      assertThat(get(server, "/f/app.js", "Accept-Encoding: gzip").text).isEqualTo("as gzip");
      assertThat(get(server, "/f/app.js").text).isEqualTo("plain");
    }
  }

  @Test
  void aJarIsNotOpenedAnewForEachWhoHasWhatHeAsksFor() throws Exception {
    int times = 30;
    try (var loader = loader(true);
        var server = serve(loader)) {
      var tag = get(server, "/f/a.txt").head.first("ETag");
      for (int i = 0; i < times; i++) {
        assertThat(get(server, "/f/a.txt", "If-None-Match: " + tag).head.status()).isEqualTo(304);
        assertThat(get(server, "/f/a.txt", "Range: bytes=99-").head.status()).isEqualTo(416);
      }

      assertThat(opened(directory.resolve("app.jar"))).isLessThan(times);
    }
  }

  /// How many descriptors of this process are for `file`.
  private static long opened(Path file) throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(each -> file.equals(targetOf(each))).count();
    }
  }

  private static @Nullable Path targetOf(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (IOException closed) {
      return null;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingBesideThePrefixIsServed(boolean packed) throws Exception {
    try (var loader = loader(packed);
        var server = serve(loader)) {
      for (var path :
          new String[] {
            "/f/../Secret.class",
            "/f/%2e%2e/Secret.class",
            "/f/sub/%2e%2e/%2e%2e/Secret.class",
            "/f/%2fSecret.class",
            "/f/.hidden",
            "/f/sub/index.html/",
            "/f/empty",
            "/f/empty/",
            "/f/missing"
          }) {
        var got = get(server, path);

        assertThat(got.head.status()).as(path).isIn(400, 404);
        assertThat(got.text).as(path).doesNotContain(SECRET);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/web", "web/"})
  void aPrefixThatWouldServeEverythingIsRefused(String prefix) {
    var loader = ClassPathFilesSystemTest.class.getClassLoader();

    assertThatIllegalArgumentException().isThrownBy(() -> StaticFiles.ofClassPath(loader, prefix));
  }
}
