package io.tidegate.server;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.Framing;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// A request's body: read once, by the handler's thread, as a stream or whole, and never past the
/// bound that the reader names. What is read whole is charged until the call is over, not until its
/// peer has gone: a handler may hold it longer.
public final class RequestBody {
  private static final int FIRST_BYTES = 4096;

  private final Exchange exchange;
  private final Account account;
  private final BodyStream stream;
  private boolean taken;
  private boolean dropped;
  private int charged;

  RequestBody(Exchange exchange, Services services) {
    this.exchange = exchange;
    this.account = services.account();
    this.stream = new BodyStream(exchange, services.threads());
  }

  /// Whether the request has one.
  public boolean exists() {
    return !exchange.bodyFraming().isEmpty();
  }

  /// Its length if the peer has told it, else -1.
  public long length() {
    var framing = exchange.bodyFraming();
    return framing.kind() == Framing.Kind.LENGTH ? framing.bytes() : exists() ? -1 : 0;
  }

  /// The handler has returned: what it has not taken is dropped as it arrives, from before the
  /// answer begins, and nobody takes it any more. False if it was taken. On the handler's thread.
  boolean drop() {
    if (taken) return false;
    dropped = true;
    if (exists()) {
      var _ = exchange.connection().loop().later(() -> SkippedBody.of(exchange));
    }
    return true;
  }

  /// Whether somebody reads it, and more of it may come.
  boolean isAwaited() {
    return taken && exists() && !stream.hasEnded();
  }

  /// Its bytes as they arrive, at most `most`. Reading blocks while the peer is slow, and throws
  /// [PeerGoneException] once it has gone or was cut.
  ///
  /// @throws HttpError 413 here if more were announced, and out of `read` if more come
  /// @throws IllegalStateException if it was taken before, by a handler on the loop, or once the
  ///   handler has returned: who reads it as the answer is written takes it before that
  public InputStream stream(long most) {
    if (exchange.connection().loop().isHere())
      throw new IllegalStateException("a handler on the loop reads no body: it would block");
    if (taken) throw new IllegalStateException("the body was taken before");
    if (dropped) throw new IllegalStateException("the handler has returned without the body");
    if (length() > most) throw tooLarge(most);
    taken = true;
    if (!exists()) return InputStream.nullInputStream();
    return new Capped(stream, most);
  }

  /// All of it, at most `most` bytes. What is charged grows with what comes, not with what is
  /// announced.
  ///
  /// @throws HttpError 413 if there is more, 503 if there is no memory for it
  public byte[] bytes(int most) throws IOException {
    var in = stream(most);
    long end = length() < 0 ? most + 1L : length(); // where another byte would be too many
    var bytes = new byte[charged((int) Math.min(FIRST_BYTES, end))];
    int filled = 0;
    for (int read = 0; read >= 0 && filled < end; filled += Math.max(0, read)) {
      if (filled == bytes.length)
        bytes = Arrays.copyOf(bytes, filled + charged((int) Math.min(filled, end - filled)));
      read = in.read(bytes, filled, bytes.length - filled);
    }
    return filled == bytes.length ? bytes : Arrays.copyOf(bytes, filled);
  }

  private int charged(int bytes) {
    charge(bytes);
    return bytes;
  }

  /// Charges `bytes` until the call is over.
  ///
  /// @throws HttpError 503 if there is no room
  void charge(int bytes) {
    if (!account.charge(Purse.HEAP, bytes)) throw new HttpError(503, "memory refused");
    charged += bytes;
  }

  /// All of it as UTF-8, at most `most` bytes.
  ///
  /// @throws HttpError as [#bytes]
  public String text(int most) throws IOException {
    return new String(bytes(most), StandardCharsets.UTF_8);
  }

  /// Writes it to `path`, at most `most` bytes, of which none wait in memory. A file that was begun
  /// and not finished is deleted; what is refused before that leaves `path` as it was. Returns how
  /// many bytes came.
  ///
  /// @throws HttpError 413 if there is more
  public long saveTo(Path path, long most) throws IOException {
    try (var in = stream(most);
        var out = Files.newOutputStream(path)) {
      return transfer(in, out, path);
    }
  }

  private static long transfer(InputStream in, OutputStream out, Path path) throws IOException {
    boolean whole = false;
    try {
      long bytes = in.transferTo(out);
      whole = true;
      return bytes;
    } finally {
      if (!whole) Files.deleteIfExists(path);
    }
  }

  /// The call is over: gives back what was charged.
  void close() {
    if (charged == 0) return;
    account.release(Purse.HEAP, charged);
    charged = 0;
  }

  private static HttpError tooLarge(long most) {
    return new HttpError(413, "more than " + most + " bytes");
  }

  /// Throws where the byte behind the bound would be given.
  private static final class Capped extends InputStream {
    private final InputStream in;
    private final long most;
    private long read;

    Capped(InputStream in, long most) {
      this.in = in;
      this.most = most;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int allowed = (int) (Math.min(length - 1L, most - read) + 1); // one too many, if it comes
      int bytes = in.read(into, from, allowed);
      if (bytes > 0) read += bytes;
      if (read > most) throw tooLarge(most);
      return bytes;
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }
  }
}
