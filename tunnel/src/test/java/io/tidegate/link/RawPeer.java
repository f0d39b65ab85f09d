package io.tidegate.link;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A peer that speaks yamux by hand: one blocking socket, one frame at a time.
final class RawPeer implements AutoCloseable {
  static final int DATA = 0;
  static final int WINDOW = 1;
  static final int PING = 2;
  static final int GO_AWAY = 3;
  static final int SYN = 1;
  static final int ACK = 2;
  static final int FIN = 4;
  static final int RST = 8;

  private final Socket socket;
  private final DataInputStream in;

  /// A frame as it came; the payload of anything but data is empty.
  record Got(int type, int flags, int id, long length) {}

  private RawPeer(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
  }

  static RawPeer connect(InetSocketAddress address) throws IOException {
    return new RawPeer(new Socket(address.getAddress(), address.getPort()));
  }

  /// Lets the agent of `rig` dial a socket of our own.
  static RawPeer accept(LinkRig rig) throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout(10_000);
      var _ = rig.dial((InetSocketAddress) server.getLocalSocketAddress());
      return new RawPeer(server.accept());
    }
  }

  static byte[] frame(int type, int flags, int id, long length, byte... payload) {
    return ByteBuffer.allocate(12 + payload.length)
        .put((byte) 0)
        .put((byte) type)
        .putShort((short) flags)
        .putInt(id)
        .putInt((int) length)
        .put(payload)
        .array();
  }

  void send(byte[]... frames) throws IOException {
    var all = new ByteArrayOutputStream();
    for (var frame : frames) all.write(frame);
    socket.getOutputStream().write(all.toByteArray());
  }

  void sendData(int id, byte[] payload) throws IOException {
    send(frame(DATA, 0, id, payload.length, payload));
  }

  /// The next frame; null at the end of the stream, by FIN or reset.
  @Nullable Got next() throws IOException {
    try {
      int version = in.readUnsignedByte();
      if (version != 0) throw new AssertionError("version " + version);
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedShort();
      int id = in.readInt();
      long length = Integer.toUnsignedLong(in.readInt());
      if (type == DATA) in.skipNBytes(length);
      return new Got(type, flags, id, length);
    } catch (EOFException | SocketException ended) {
      return null;
    }
  }

  /// The last frame before the end of the stream.
  @Nullable Got last() throws IOException {
    Got last = null;
    for (var got = next(); got != null; got = next()) last = got;
    return last;
  }

  /// The next frame of `type`.
  Got next(int type) throws IOException {
    for (var got = next(); got != null; got = next()) {
      if (got.type == type) return got;
    }
    throw new AssertionError("the link ended");
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
