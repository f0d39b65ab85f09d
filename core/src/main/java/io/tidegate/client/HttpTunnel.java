package io.tidegate.client;

import io.netty.buffer.ByteBuf;
import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.http.Requester;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Asks a proxy for a tunnel by CONNECT, RFC 9110 §9.3.6. Belongs to the connection's loop.
///
/// A byte of the server's that comes with the proxy's answer cuts: neither TLS nor HTTP lets the
/// server speak first.
final class HttpTunnel implements Requester.Answer {
  private final Connection connection;
  private final Requester requester;
  private final Passage passage;
  private boolean isGranted;

  private HttpTunnel(Connection connection, HeadLimits limits, Passage passage) {
    this.connection = connection;
    this.requester = Requester.over(connection, limits);
    this.passage = passage;
  }

  /// Asks for `target` on a connection to `proxy`; gives its first reader.
  static ByteStream.Reader start(
      Connection connection,
      Proxy.HttpConnect proxy,
      Target target,
      HeadLimits limits,
      Passage passage) {
    var tunnel = new HttpTunnel(connection, limits, passage);
    tunnel.requester.send(request(proxy, target), Framing.NONE, false, tunnel);
    return tunnel.requester.reader();
  }

  private static RequestHead request(Proxy.HttpConnect proxy, Target target) {
    var heads = new HeadBuilder().request("CONNECT", target.hostAndPort(), target.hostAndPort());
    var login = proxy.login();
    if (login != null) heads.field(FieldName.PROXY_AUTHORIZATION, "Basic " + base64(login));
    return heads.buildRequest();
  }

  private static String base64(Proxy.Login login) {
    var both = login.user() + ":" + login.password();
    return Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void interim(ResponseHead head) {}

  @Override
  public void head(ResponseHead head, Framing framing) {
    isGranted = head.status() / 100 == 2;
    if (!isGranted) passage.refused(Diagnosis.answered(Step.PROXY, head));
  }

  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    piece.release();
    connection.released(bytes);
  }

  @Override
  public void end(Fields trailers) {
    if (!isGranted) return;
    requester.leave();
    connection.read(passage.passed());
  }

  @Override
  public ByteStream.Reader upgraded(ResponseHead head, ByteStream stream) {
    throw new IllegalStateException("no upgrade was asked for");
  }

  @Override
  public void lost(CutReason reason, boolean begun) {
    passage.lost(reason);
  }
}
