package io.tidegate.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Node's own HTTP/2 client, with prior knowledge, as a peer. What it can be asked stands in
/// `http2-peer.mjs`, and each case answers in one line.
public final class NodeHttp2 {
  private static final String SCRIPT = "http2-peer.mjs";
  private static final Duration MOST = Duration.ofMinutes(2);

  private final InetSocketAddress address;
  private final String authority;

  /// Asks the server at `address` for `authority`.
  public NodeHttp2(InetSocketAddress address, String authority) {
    this.address = address;
    this.authority = authority;
  }

  /// Whether `node` is on the path.
  public static boolean isInstalled() {
    var path = System.getenv("PATH");
    return path != null
        && Pattern.compile(Pattern.quote(File.pathSeparator))
            .splitAsStream(path)
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "node")));
  }

  /// Runs a case of the script and returns its line.
  public String run(String... caseAndArguments) throws IOException, InterruptedException {
    var script = Files.createTempFile("http2-peer", ".mjs");
    var said = Files.createTempFile("http2-said", ".txt");
    try {
      try (InputStream source = NodeHttp2.class.getResourceAsStream(SCRIPT)) {
        if (source == null) throw new IOException("no " + SCRIPT);
        Files.write(script, source.readAllBytes());
      }
      return run(script, said, caseAndArguments);
    } finally {
      Files.deleteIfExists(script);
      Files.deleteIfExists(said);
    }
  }

  private String run(Path script, Path said, String... caseAndArguments)
      throws IOException, InterruptedException {
    var origin = "http://" + address.getAddress().getHostAddress() + ":" + address.getPort();
    var command = new ArrayList<>(List.of("node", script.toString(), origin, authority));
    command.addAll(List.of(caseAndArguments));
    var node =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      if (!node.waitFor(MOST.toSeconds(), TimeUnit.SECONDS))
        throw new IOException("node is not done: " + Files.readString(said));
    } finally {
      var _ = node.destroyForcibly();
    }
    return Files.readString(said, StandardCharsets.UTF_8).strip();
  }
}
