package io.tidegate.files;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.MediaTypes;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import io.tidegate.server.Handler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Serves the files below a directory or in the class path: for
/// [io.tidegate.server.ServerConfig#mount].
///
/// With ranges, conditions, types by name, `index.html` for directories, and the file beside it
/// that ends in `.br`, `.zst` or `.gz` where the peer takes that coding. Nothing outside is ever
/// opened, by no spelling of a path and by no link, and no name that begins with a dot except
/// `.well-known`. Safe for any thread.
public final class StaticFiles implements Handler {
  private static final String INDEX = "index.html";

  private final Tree tree;
  private final String cacheControl;

  private StaticFiles(Tree tree, String cacheControl) {
    this.tree = tree;
    this.cacheControl = cacheControl;
  }

  /// The files below `directory`, which peers may keep but have to ask for again.
  ///
  /// @throws IOException if there is no such directory
  public static StaticFiles of(Path directory) throws IOException {
    var root = directory.toRealPath();
    if (!Files.isDirectory(root)) throw new IOException("not a directory: " + directory);
    return new StaticFiles(new Tree.Directory(root), "no-cache");
  }

  /// The resources that `loader` finds below `prefix`, such as `web`, which peers may keep but have
  /// to ask for again. A range of one that is packed in a jar costs what lies before it, too.
  ///
  /// @throws IllegalArgumentException if `prefix` is empty or begins or ends with a slash: nobody
  ///   means to serve classes
  public static StaticFiles ofClassPath(ClassLoader loader, String prefix) {
    if (prefix.isEmpty() || prefix.startsWith("/") || prefix.endsWith("/"))
      throw new IllegalArgumentException("no prefix of resources: '" + prefix + "'");
    return new StaticFiles(new Tree.ClassPath(loader, prefix + "/"), "no-cache");
  }

  /// These files with another Cache-Control, such as `max-age=3600`.
  public StaticFiles withCacheControl(String value) {
    return new StaticFiles(tree, value);
  }

  @Override
  public Object answer(Call call) throws IOException {
    if (!call.method().equals("GET") && !call.method().equals("HEAD"))
      return Answer.text("only GET, HEAD\n").withStatus(405).withField("Allow", "GET, HEAD");
    var path = SafePath.of(call.rest());
    if (path == null) throw new HttpError(404);
    if (call.rest().isEmpty() && !call.path().endsWith("/")) return behindASlash(call);
    var names = path.names();
    var found = file(call, path.isDirectory() ? with(names, INDEX) : names);
    if (found != null) return found;
    if (path.isDirectory() || !tree.hasDirectory(names, INDEX)) throw new HttpError(404);
    return behindASlash(call);
  }

  /// Where what a directory's page names without a slash is found, by the same query.
  private static Answer behindASlash(Call call) {
    var query = call.query().toString();
    var asked = query.isEmpty() ? "" : "?" + query;
    return Answer.seeOther(call.path() + "/" + asked).withStatus(308);
  }

  private static List<String> with(List<String> names, String last) {
    var more = new ArrayList<>(names);
    more.add(last);
    return more;
  }

  private @Nullable Answer file(Call call, List<String> names) throws IOException {
    var plain = tree.file(names);
    if (plain == null) return null;
    var name = names.getLast();
    var beside = names.subList(0, names.size() - 1);
    boolean varies = false;
    for (var coding : Coding.values()) {
      var coded = tree.file(with(beside, name + coding.suffix()));
      if (coded == null) continue;
      varies = true;
      if (coding.isTakenBy(call.fields().value(FieldName.ACCEPT_ENCODING)))
        return described(coded, name, varies).withField("Content-Encoding", coding.token());
    }
    return described(plain, name, varies);
  }

  private Answer described(Answer file, String name, boolean varies) {
    var described = file.withType(MediaTypes.of(name)).withField("Cache-Control", cacheControl);
    return varies ? described.withField("Vary", "Accept-Encoding") : described;
  }
}
