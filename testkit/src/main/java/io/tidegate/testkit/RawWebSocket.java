package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// A WebSocket client that sends frames as told and answers nothing by itself, no ping and no
/// close.
///
/// One thread may send while another reads.
public final class RawWebSocket implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private final Wire wire;
  private final RawHead answer;

  private RawWebSocket(Wire wire, RawHead answer) {
    this.wire = wire;
    this.answer = answer;
  }

  /// Connects to `address` and upgrades.
  ///
  /// @param fields further field lines of the request, without line ends
  /// @throws IOException if the answer is not a right 101; its message holds the answer
  public static RawWebSocket open(
      InetSocketAddress address, String host, String target, String... fields) throws IOException {
    var http = RawHttp.open(address, PATIENCE);
    try {
      return upgrade(http, host, target, List.of(fields));
    } catch (IOException e) {
      http.close();
      throw e;
    }
  }

  private static RawWebSocket upgrade(RawHttp http, String host, String target, List<String> fields)
      throws IOException {
    var nonce = new byte[16];
    ThreadLocalRandom.current().nextBytes(nonce);
    var key = Base64.getEncoder().encodeToString(nonce);
    http.send(request(host, target, key, fields));
    var answer = http.head();
    if (answer.status() != 101 || !accept(key).equals(answer.first("Sec-WebSocket-Accept"))) {
      throw new IOException("not upgraded: " + Escapes.show(answer.raw()));
    }
    return new RawWebSocket(http.wire(), answer);
  }

  /// The bytes of an upgrade request, RFC 6455 section 4.1.
  static String request(String host, String target, String key, List<String> fields) {
    var request =
        new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n")
            .append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
            .append("Sec-WebSocket-Key: " + key + "\r\n");
    fields.forEach(field -> request.append(field).append("\r\n"));
    return request.append("\r\n").toString();
  }

  /// The accept value for `key`, RFC 6455 section 4.2.2.
  public static String accept(String key) {
    try {
      var sha1 = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder().encodeToString(sha1.digest((key + GUID).getBytes(ISO_8859_1)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-1", e);
    }
  }

  /// The head of the 101.
  public RawHead answer() {
    return answer;
  }

  /// Sends `text` in one frame.
  public void sendText(String text) throws IOException {
    send(WebSocketFrame.of(WebSocketFrame.TEXT, text.getBytes(UTF_8)));
  }

  /// Sends `payload` in one frame.
  public void sendBinary(byte[] payload) throws IOException {
    send(WebSocketFrame.of(WebSocketFrame.BINARY, payload));
  }

  /// Sends `payload` as one binary message in frames of at most `frameBytes`.
  public void sendFragmented(byte[] payload, int frameBytes) throws IOException {
    var opcode = WebSocketFrame.BINARY;
    var at = 0;
    for (; payload.length - at > frameBytes; at += frameBytes) {
      send(WebSocketFrame.unfinished(opcode, Arrays.copyOfRange(payload, at, at + frameBytes)));
      opcode = WebSocketFrame.CONTINUATION;
    }
    send(WebSocketFrame.of(opcode, Arrays.copyOfRange(payload, at, payload.length)));
  }

  /// Sends a ping.
  public void sendPing(byte[] payload) throws IOException {
    send(WebSocketFrame.of(WebSocketFrame.PING, payload));
  }

  /// Sends a close frame; the socket stays.
  public void sendClose(int code, String reason) throws IOException {
    send(WebSocketFrame.close(code, reason));
  }

  /// Sends `frame` masked with a random key.
  public void send(WebSocketFrame frame) throws IOException {
    sendRaw(frame.maskedBytes(ThreadLocalRandom.current().nextInt()));
  }

  /// Sends bytes as they are: broken frames, half frames, unmasked frames.
  public void sendRaw(byte[] bytes) throws IOException {
    wire.write(bytes, Deadline.in(PATIENCE));
  }

  /// Reads the next frame, which may take 10 s and hold 64 MiB.
  ///
  /// @throws EOFException if the other side ended at or in it
  public WebSocketFrame read() throws IOException {
    return read(PATIENCE);
  }

  /// Reads the next frame within `patience`.
  ///
  /// @throws EOFException if the other side ended at or in it
  public WebSocketFrame read(Duration patience) throws IOException {
    return WebSocketFrame.read(wire, Deadline.in(patience));
  }

  /// Reads past all else to the close frame and returns its code; 1006 if the connection ended
  /// without one (RFC 6455, section 7.1.5).
  public int awaitCloseCode(Duration patience) throws IOException {
    var deadline = Deadline.in(patience);
    try {
      var frame = WebSocketFrame.read(wire, deadline);
      while (frame.opcode() != WebSocketFrame.CLOSE) {
        frame = WebSocketFrame.read(wire, deadline);
      }
      return frame.closeCode();
    } catch (EOFException | java.net.SocketException _) {
      return 1006;
    }
  }

  /// Returns whether nothing, not even an end, arrives for `quiet`. What arrives stays readable.
  public boolean silentFor(Duration quiet) {
    return wire.silentFor(quiet);
  }

  /// Reads and throws away until the other side ends or `patience` runs out; tells which.
  public Cut awaitCut(Duration patience) {
    return wire.awaitEnd(patience);
  }

  /// Sends a FIN and goes on reading.
  public void sendFin() throws IOException {
    wire.finish();
  }

  /// Ends with RST.
  public void abort() {
    wire.abort();
  }

  /// Closes the socket without a close frame.
  @Override
  public void close() {
    wire.close();
  }
}
