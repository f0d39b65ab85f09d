package io.tidegate.sleeper;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import jdk.net.ExtendedSocketOptions;

/// Opens connections and asks for what is to be slept through; of an answer its head is read and
/// not a byte more.
final class Opening {
  /// For TCP, for TLS, and for the head.
  private static final int STEP_MILLIS = 10_000;

  private static final int MOST_HEAD_BYTES = 16 * 1024;

  /// A keepalive probe a second: where the server's machine has forgotten the connection it answers
  /// with a reset, though nobody reads. Its answers say nothing of the server itself.
  private static final int PROBE_SECONDS = 1;

  private static final int PROBES = 30;
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int END_OF_LINE_TWICE = 0x0d0a0d0a;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final SleeperConfig config;
  private final SSLSocketFactory trust;

  Opening(SleeperConfig config, SSLSocketFactory trust) {
    this.config = config;
    this.trust = trust;
  }

  /// Opens number `number`, which sleeps from the return of this on.
  ///
  /// @throws IOException with one line for people
  Sleeper open(int number) throws IOException {
    var raw = new Socket();
    try {
      connect(raw);
      var socket = config.target().isSecure() ? secured(raw) : raw;
      socket.setSoTimeout(STEP_MILLIS);
      var out = socket.getOutputStream();
      out.write(request().getBytes(StandardCharsets.UTF_8));
      out.flush();
      var answer = answer(socket.getInputStream());
      for (var message : config.messages()) {
        out.write(masked(message.getBytes(StandardCharsets.UTF_8)));
      }
      out.flush();
      return new Sleeper(number, raw, socket, config.target().isWebSocket(), answer.lengthBytes());
    } catch (IOException failed) {
      raw.close();
      throw failed;
    }
  }

  private void connect(Socket raw) throws IOException {
    raw.setReceiveBufferSize(config.receiveBufferBytes());
    raw.setTcpNoDelay(true);
    raw.setKeepAlive(true);
    if (raw.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
      raw.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, PROBE_SECONDS);
      raw.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, PROBE_SECONDS);
      raw.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
    }
    var target = config.target();
    raw.connect(
        new InetSocketAddress(InetAddress.getByName(target.host()), target.port()), STEP_MILLIS);
  }

  private SSLSocket secured(Socket raw) throws IOException {
    var target = config.target();
    var socket = (SSLSocket) trust.createSocket(raw, target.host(), target.port(), true);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(STEP_MILLIS);
    socket.startHandshake();
    return socket;
  }

  private String request() {
    var target = config.target();
    var head = new StringBuilder("GET " + target.path() + " HTTP/1.1\r\n");
    head.append("Host: ").append(target.authority()).append("\r\n");
    if (target.isWebSocket()) {
      head.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
      head.append("Sec-WebSocket-Key: ").append(key()).append("\r\n");
    } else {
      head.append("Accept: */*\r\n");
    }
    config.fields().forEach(field -> head.append(field).append("\r\n"));
    return head.append("\r\n").toString();
  }

  private static String key() {
    var bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  /// Passes over interim answers (103) to the one that counts.
  private AnswerHead answer(InputStream in) throws IOException {
    long deadline = System.nanoTime() + STEP_MILLIS * 1_000_000L;
    while (true) {
      var head = AnswerHead.parse(head(in, deadline));
      boolean upgraded = head.status() == SWITCHING_PROTOCOLS;
      if (config.target().isWebSocket() && upgraded) return head;
      if (head.status() >= 200 || upgraded) {
        if (head.status() / 100 != 2 || config.target().isWebSocket()) throw refused(head);
        return head;
      }
    }
  }

  private IOException refused(AnswerHead head) {
    var place = head.location().isEmpty() ? "" : " and points to " + head.location();
    return new IOException("the server answered " + head.status() + place);
  }

  /// Byte by byte, so that what follows stays in the kernel.
  private static String head(InputStream in, long deadline) throws IOException {
    var bytes = new ByteArrayOutputStream();
    for (int last = 0; last != END_OF_LINE_TWICE; ) {
      int next = in.read();
      if (next < 0) throw new EOFException("the server closed before its answer");
      bytes.write(next);
      last = (last << 8) | next;
      if (bytes.size() > MOST_HEAD_BYTES)
        throw new IOException("the head of the answer is longer than 16 KiB");
      if (System.nanoTime() > deadline)
        throw new SocketTimeoutException("no answer within " + STEP_MILLIS / 1_000 + " s");
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  /// A text message in one frame, masked as every client's (RFC 6455 §5.3).
  static byte[] masked(byte[] text) {
    var frame = new ByteArrayOutputStream(text.length + 8);
    frame.write(0x81);
    if (text.length < 126) {
      frame.write(0x80 | text.length);
    } else {
      frame.write(0x80 | 126);
      frame.write(text.length >> 8);
      frame.write(text.length);
    }
    var mask = new byte[4];
    RANDOM.nextBytes(mask);
    frame.writeBytes(mask);
    for (int i = 0; i < text.length; i++) frame.write(text[i] ^ mask[i & 3]);
    return frame.toByteArray();
  }
}
