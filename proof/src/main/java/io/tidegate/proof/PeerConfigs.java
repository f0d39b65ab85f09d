package io.tidegate.proof;

import java.nio.file.Path;

/// The configurations of the servers beside which Tidegate is measured.
///
/// They are tuned where a user would tune them: kept connections on both sides, no access log, no
/// limit of requests a connection. Buffering is nginx's default.
public final class PeerConfigs {
  private static final int KEPT_CONNECTIONS = 512;

  private PeerConfigs() {}

  /// How an nginx sends files.
  public enum Manner {
    SENDFILE("sendfile on;"),
    SENDFILE_AND_NOPUSH("sendfile on; tcp_nopush on;");

    private final String lines;

    Manner(String lines) {
      this.lines = lines;
    }
  }

  /// An nginx that serves the files under `files`.
  public static String origin(Path directory, Path files, int port, Manner manner) {
    return nginx(
        directory,
        1,
        """
          %s
          server {
            listen 127.0.0.1:%d backlog=1024;
            root "%s";
          }
        """
            .formatted(manner.lines, port, files));
  }

  /// An nginx that passes everything on to `nextPort`.
  static String hop(Path directory, int port, int nextPort, int workers) {
    return nginx(
        directory,
        workers,
        """
          upstream next {
            server 127.0.0.1:%d;
            keepalive %d;
            keepalive_requests 100000000;
          }
          server {
            listen 127.0.0.1:%d backlog=1024;
            location / {
              proxy_pass http://next;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host $http_host;
            }
          }
        """
            .formatted(nextPort, KEPT_CONNECTIONS, port));
  }

  /// A haproxy that passes everything on to `nextPort`.
  static String haproxy(int port, int nextPort, int threads) {
    return """
    global
      nbthread %d
      maxconn 4096
    defaults
      mode http
      option http-keep-alive
      http-reuse always
      timeout connect 5s
      timeout client 60s
      timeout server 60s
    listen bench
      bind 127.0.0.1:%d
      server next 127.0.0.1:%d
    """
        .formatted(threads, port, nextPort);
  }

  private static String nginx(Path directory, int workers, String http) {
    // started by root, its workers would be another user's, who may not read below our directory
    var user = "root".equals(System.getProperty("user.name")) ? "user root;\n" : "";
    return user
        + """
        daemon off;
        worker_processes %d;
        pid "%2$s/pid";
        error_log "%2$s/error.log" warn;
        events {
          worker_connections 4096;
        }
        http {
          access_log off;
          client_body_temp_path "%2$s/body";
          proxy_temp_path "%2$s/proxy";
          fastcgi_temp_path "%2$s/fastcgi";
          uwsgi_temp_path "%2$s/uwsgi";
          scgi_temp_path "%2$s/scgi";
          keepalive_timeout 3600s;
          keepalive_requests 100000000;
        %3$s}
        """
            .formatted(workers, directory, http);
  }
}
