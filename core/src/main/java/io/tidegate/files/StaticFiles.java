package io.tidegate.files;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.MediaTypes;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import io.tidegate.server.Handler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Serves the files below a directory: for [io.tidegate.server.ServerConfig#mount].
///
/// With ranges, conditions, types by name, `index.html` for directories, and the file beside it
/// that ends in `.br`, `.zst` or `.gz` where the peer takes that coding. Nothing outside the
/// directory is ever opened, by no spelling of a path and by no link, and no name that begins with
/// a dot except `.well-known`. Safe for any thread.
public final class StaticFiles implements Handler {
  private static final String INDEX = "index.html";

  private final Path root;
  private final String cacheControl;

  private StaticFiles(Path root, String cacheControl) {
    this.root = root;
    this.cacheControl = cacheControl;
  }

  /// The files below `directory`, which peers may keep but have to ask for again.
  ///
  /// @throws IOException if there is no such directory
  public static StaticFiles of(Path directory) throws IOException {
    var root = directory.toRealPath();
    if (!Files.isDirectory(root)) throw new IOException("not a directory: " + directory);
    return new StaticFiles(root, "no-cache");
  }

  /// These files with another Cache-Control, such as `max-age=3600`.
  public StaticFiles withCacheControl(String value) {
    return new StaticFiles(root, value);
  }

  @Override
  public Object answer(Call call) throws IOException {
    if (!call.method().equals("GET") && !call.method().equals("HEAD"))
      return Answer.text("only GET, HEAD\n").withStatus(405).withField("Allow", "GET, HEAD");
    var name = SafePath.of(call.rest());
    if (name == null) throw new HttpError(404);
    var found = inside(name.below(root));
    if (found == null) throw new HttpError(404);
    if (!Files.isDirectory(found, LinkOption.NOFOLLOW_LINKS))
      return name.isDirectory() ? notFound() : file(call, found);
    if (!name.isDirectory()) return Answer.seeOther(call.path() + "/").withStatus(308);
    var index = inside(found.resolve(INDEX));
    return index == null ? notFound() : file(call, index);
  }

  private static Answer notFound() {
    throw new HttpError(404);
  }

  /// Where `path` really is, if that exists and lies below the root.
  @Nullable Path inside(Path path) {
    try {
      var real = path.toRealPath();
      return real.startsWith(root) ? real : null;
    } catch (IOException missing) {
      return null;
    }
  }

  private Answer file(Call call, Path file) {
    var name = file.getFileName().toString();
    var described =
        Answer.file(file).withType(MediaTypes.of(name)).withField("Cache-Control", cacheControl);
    boolean varies = false;
    for (var coding : Coding.values()) {
      var coded = inside(file.resolveSibling(name + coding.suffix()));
      if (coded == null) continue;
      varies = true;
      if (coding.isTakenBy(call.fields().value(FieldName.ACCEPT_ENCODING)))
        return Answer.file(coded)
            .withType(MediaTypes.of(name))
            .withField("Cache-Control", cacheControl)
            .withField("Content-Encoding", coding.token())
            .withField("Vary", "Accept-Encoding");
    }
    return varies ? described.withField("Vary", "Accept-Encoding") : described;
  }
}
