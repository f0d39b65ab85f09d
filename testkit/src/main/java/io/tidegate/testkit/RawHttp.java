package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/// An HTTP/1.1 client that sends what it is told and hides nothing of what comes.
///
/// Each read and each write may take its patience, 10 s unless told otherwise. The connection stays
/// usable behind an answer read to its end. One thread may send while another reads.
public final class RawHttp implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Wire wire;
  private final Duration patience;

  private RawHttp(Wire wire, Duration patience) {
    this.wire = wire;
    this.patience = patience;
  }

  /// An answer with its whole body.
  public record Answer(RawHead head, String body) {
    /// Its status.
    public int status() {
      return head.status();
    }
  }

  /// Connects with a patience of 10 s.
  public static RawHttp open(InetSocketAddress address) throws IOException {
    return open(address, PATIENCE);
  }

  /// Connects, each step taking `patience` at most.
  public static RawHttp open(InetSocketAddress address, Duration patience) throws IOException {
    var socket = new Socket();
    try {
      socket.connect(address, (int) Math.min(Integer.MAX_VALUE, patience.toMillis()));
      return new RawHttp(new Wire(SecurePorts.secured(socket)), patience);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /// Sends one GET for `target` and returns its final answer with all its body, at most 64 MiB.
  public Answer get(String host, String target) throws IOException {
    send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    var head = finalHead();
    return new Answer(head, body(head, "GET").text());
  }

  /// Sends `text`, one byte a character (ISO 8859-1).
  public void send(String text) throws IOException {
    send(text.getBytes(ISO_8859_1));
  }

  /// Sends `bytes`.
  public void send(byte[] bytes) throws IOException {
    wire.write(bytes, Deadline.in(patience));
  }

  /// Sends the first `count` bytes of [Pattern].
  public void sendPattern(long count) throws IOException {
    for (long at = 0; at < count; at += Wire.BUFFER_BYTES) {
      send(Pattern.bytes(at, (int) Math.min(Wire.BUFFER_BYTES, count - at)));
    }
  }

  /// Sends `bytes` as one chunk; none make the last chunk, without trailers.
  public void sendChunk(byte[] bytes) throws IOException {
    send(Integer.toHexString(bytes.length) + "\r\n" + new String(bytes, ISO_8859_1) + "\r\n");
  }

  /// Reads the next head, an interim (1xx) one included.
  ///
  /// @throws EOFException if the other side ended first
  public RawHead head() throws IOException {
    var head = RawHead.read(wire, Deadline.in(patience));
    if (head == null) {
      throw new EOFException("ended before an answer");
    }
    return head;
  }

  /// Reads heads up to the first that is not interim; 101 is final.
  public RawHead finalHead() throws IOException {
    var head = head();
    while (head.status() < 200 && head.status() != 101) {
      head = head();
    }
    return head;
  }

  /// The body of the answer to a request with `method` whose head was read last; RFC 9112, section
  /// 6.3.
  public RawBody body(RawHead head, String method) {
    var status = head.status();
    if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
      return new RawBody(wire, RawBody.Framing.NONE, 0, patience);
    }
    return RawBody.announced(wire, head, RawBody.Framing.UNTIL_CLOSE, patience);
  }

  /// Reads exactly `count` bytes as they are.
  public byte[] read(int count) throws IOException {
    return wire.exactly(count, Deadline.in(patience));
  }

  /// Returns whether nothing, not even an end, arrives for `quiet`. What arrives stays readable.
  public boolean silentFor(Duration quiet) {
    return wire.silentFor(quiet);
  }

  /// Reads and throws away until the other side ends or `limit` runs out; tells which.
  public Cut awaitCut(Duration limit) {
    return wire.awaitEnd(limit);
  }

  /// Ends this side's sending with FIN.
  public void halfClose() throws IOException {
    wire.finish();
  }

  /// Ends with RST.
  public void abort() {
    wire.abort();
  }

  @Override
  public void close() {
    wire.close();
  }

  Wire wire() {
    return wire;
  }
}
