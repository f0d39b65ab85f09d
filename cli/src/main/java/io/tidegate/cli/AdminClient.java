package io.tidegate.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;

/// Talks to an edge's admin address. Answers of more than 1 MiB are cut there.
///
/// @param base such as `http://127.0.0.1:9090`
/// @param token the admin token, empty for none
record AdminClient(URI base, String token) {
  private static final int TIMEOUT_MILLIS = 3_000;
  private static final int MOST_BYTES = 1 << 20;

  /// @throws IllegalArgumentException if `base` is no `http` address
  AdminClient {
    if (!"http".equals(base.getScheme()) || base.getHost() == null)
      throw new IllegalArgumentException("the admin address must be http://HOST:PORT: " + base);
  }

  EdgeFigures census(int top) throws IOException {
    var connection = open("/census?top=" + top);
    demand(connection, 200);
    try (var in = connection.getInputStream()) {
      return EdgeFigures.parse(in.readNBytes(MOST_BYTES));
    }
  }

  /// Cuts the connection `id` and says what was answered.
  String cut(String id) throws IOException {
    if (!id.matches("[A-Za-z0-9-]{1,40}")) throw new IOException("no such connection");
    var connection = open("/cut/" + id);
    connection.setRequestMethod("POST");
    // what no web page can send unasked
    connection.setRequestProperty("Tidegate-Admin", "1");
    int status = connection.getResponseCode();
    return status < 300 ? "cut" : "not cut: " + status + " " + text(connection);
  }

  private HttpURLConnection open(String target) throws IOException {
    var connection = (HttpURLConnection) base.resolve(target).toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setInstanceFollowRedirects(false);
    if (!token.isEmpty()) connection.setRequestProperty("Authorization", "Bearer " + token);
    return connection;
  }

  private static void demand(HttpURLConnection connection, int wanted) throws IOException {
    int status = connection.getResponseCode();
    if (status != wanted) throw new IOException("it answered " + status + " " + text(connection));
  }

  private static String text(HttpURLConnection connection) throws IOException {
    try (InputStream in = connection.getErrorStream()) {
      if (in == null) return "";
      var bytes = in.readNBytes(MOST_BYTES);
      return Wire.text(new String(bytes, java.nio.charset.StandardCharsets.UTF_8).strip());
    }
  }
}
