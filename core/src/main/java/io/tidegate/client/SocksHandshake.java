package io.tidegate.client;

import static io.tidegate.client.ConnectFailure.Step.PROXY;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Asks a SOCKS 5 proxy for a connection, RFC 1928, and says who we are by RFC 1929. Belongs to the
/// connection's loop.
///
/// Bound: the longest answer, 262 bytes. A byte of the server's that comes with the proxy's answer
/// is a fault: neither TLS nor HTTP lets the server speak first.
final class SocksHandshake implements ByteStream.Reader {
  private static final int VERSION = 5;
  private static final int LOGIN_VERSION = 1;
  private static final int NO_LOGIN = 0;
  private static final int LOGIN = 2;
  private static final int CONNECT = 1;
  private static final int IPV4 = 1;
  private static final int NAME = 3;
  private static final int IPV6 = 4;
  private static final int LONGEST_ANSWER = 4 + 1 + 255 + 2;
  private static final int LONGEST_WORDS = 3 + 2 * 255;

  private final Connection connection;
  private final Proxy.Socks5 proxy;
  private final Target target;
  private final Passage passage;
  private final byte[] answer = new byte[LONGEST_ANSWER];
  private int length;
  private State state = State.METHOD;

  /// Which answer is due.
  private enum State {
    METHOD,
    LOGIN,
    REPLY,
    OVER
  }

  private SocksHandshake(
      Connection connection, Proxy.Socks5 proxy, Target target, Passage passage) {
    this.connection = connection;
    this.proxy = proxy;
    this.target = target;
    this.passage = passage;
  }

  /// Asks for `target` on a connection to `proxy`; gives its first reader.
  static ByteStream.Reader start(
      Connection connection, Proxy.Socks5 proxy, Target target, Passage passage) {
    var handshake = new SocksHandshake(connection, proxy, target, passage);
    handshake.sayMethods();
    return handshake;
  }

  // ---- what we say

  private void sayMethods() {
    var words = words().writeByte(VERSION);
    if (proxy.login() == null) words.writeByte(1).writeByte(NO_LOGIN);
    else words.writeByte(2).writeByte(NO_LOGIN).writeByte(LOGIN);
    say(words);
  }

  private void sayLogin(Proxy.Login login) {
    state = State.LOGIN;
    var words = words().writeByte(LOGIN_VERSION);
    counted(words, login.user().getBytes(StandardCharsets.UTF_8));
    counted(words, login.password().getBytes(StandardCharsets.UTF_8));
    say(words);
  }

  private void sayTarget() {
    state = State.REPLY;
    var words = words().writeByte(VERSION).writeByte(CONNECT).writeByte(0);
    var address = NetUtil.createByteArrayFromIpAddressString(target.name());
    if (address == null) {
      counted(words.writeByte(NAME), target.name().getBytes(StandardCharsets.US_ASCII));
    } else {
      words.writeByte(address.length == 4 ? IPV4 : IPV6).writeBytes(address);
    }
    say(words.writeShort(target.port()));
  }

  private static void counted(ByteBuf words, byte[] text) {
    words.writeByte(text.length).writeBytes(text);
  }

  private ByteBuf words() {
    return connection.loop().buffers().directBuffer(LONGEST_WORDS);
  }

  private void say(ByteBuf words) {
    var _ = connection.offer(words, 0, Payer.NOBODY);
  }

  // ---- what the proxy says

  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    int taken = Math.min(bytes, LONGEST_ANSWER - length);
    piece.readBytes(answer, length, taken);
    piece.release();
    connection.released(bytes);
    if (state == State.OVER) return;
    length += taken;
    if (bytes > taken) refuse("more than an answer came");
    else advance();
  }

  private void advance() {
    switch (state) {
      case METHOD -> {
        if (takes(2, VERSION)) methodChosen(answer[1]);
      }
      case LOGIN -> {
        if (takes(2, LOGIN_VERSION)) loginJudged(answer[1]);
      }
      case REPLY -> replied();
      case OVER -> {}
    }
  }

  /// Whether an answer of `count` bytes and of `version` is there, and nothing behind it.
  private boolean takes(int count, int version) {
    if (length > 0 && answer[0] != version) refuse("it speaks no SOCKS 5");
    else if (length > count) refuse("more than an answer came");
    return state != State.OVER && length == count;
  }

  private void methodChosen(int method) {
    length = 0;
    var login = proxy.login();
    if (method == NO_LOGIN) sayTarget();
    else if (method == LOGIN && login != null) sayLogin(login);
    else if (login == null) refuseForGood("it wants to know who we are");
    else refuseForGood("it takes none of our ways to say who we are");
  }

  private void loginJudged(int status) {
    length = 0;
    if (status == 0) sayTarget();
    else refuseForGood("it does not know us");
  }

  private void replied() {
    int due = length < 5 ? 5 : replyBytes();
    if (length >= 2 && answer[0] == VERSION && answer[1] != 0) {
      refused(answer[1]);
    } else if (due == 0) {
      refuse("an address of no known kind");
    } else if (takes(due, VERSION) && due > 5) {
      state = State.OVER;
      connection.read(passage.passed());
    }
  }

  /// How long the reply is, 0 if that cannot be told.
  private int replyBytes() {
    return switch (answer[3]) {
      case IPV4 -> 4 + 4 + 2;
      case IPV6 -> 4 + 16 + 2;
      case NAME -> 4 + 1 + (answer[4] & 0xff) + 2;
      default -> 0;
    };
  }

  /// RFC 1928 §6.
  private void refused(int code) {
    switch (code) {
      case 2 -> refuseForGood("its rules forbid this server");
      case 3 -> refuse("the network cannot be reached");
      case 4 -> refuse("the host cannot be reached");
      case 5 -> refuse("the connection was refused");
      case 6 -> refuse("the host is too far away");
      case 7 -> refuseForGood("it makes no connections");
      case 8 -> refuseForGood("it knows no addresses of this kind");
      default -> refuse("it failed");
    }
  }

  private void refuse(String what) {
    refuse(Diagnosis.passing(PROXY, "the proxy: " + what));
  }

  private void refuseForGood(String what) {
    refuse(Diagnosis.lasting(PROXY, "the proxy: " + what));
  }

  private void refuse(ConnectFailure why) {
    state = State.OVER;
    passage.refused(why);
  }

  @Override
  public void end() {
    if (state != State.OVER) refuse("it ended the connection");
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    if (state != State.OVER) passage.lost(reason == null ? CutReason.PEER_GONE : reason);
  }
}
