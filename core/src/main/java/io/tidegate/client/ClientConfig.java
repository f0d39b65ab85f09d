package io.tidegate.client;

import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.WriteLimits;
import io.tidegate.websocket.ClientHandshake;
import io.tidegate.websocket.WebSocketConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a client opens WebSockets, and what each of them may make this process hold. No value means
/// "unlimited".
///
/// @param webSocket what holds once one is open; its handshake is a server's and left out
/// @param protocols subprotocols to ask for, the preferred one first
/// @param fields what requests say besides, such as Authorization, Cookie or Origin
/// @param timeouts how long each step of opening may take
/// @param proxy what is called in place of the server; null to call the server itself
/// @param tls whom we trust and who we are, for `wss`
/// @param head bounds of the heads of answers
/// @param options for sockets; what the kernel holds to send is bound once a WebSocket is open
/// @param writeLimits how slowly a server may take what waits for it
/// @param connectionLimits ceiling of one connection's account
/// @param budget ceiling of all connections of the client together
/// @param maxOpening most that are being opened at once; one more fails at once
public record ClientConfig(
    WebSocketConfig webSocket,
    List<String> protocols,
    Fields fields,
    ClientTimeouts timeouts,
    @Nullable Proxy proxy,
    ClientTls tls,
    HeadLimits head,
    SocketOptions options,
    WriteLimits writeLimits,
    Budget connectionLimits,
    Budget budget,
    int maxOpening) {
  /// For any server: 5 s a step, [WebSocketConfig#DEFAULT], 2 MiB a connection, 256 MiB (or what
  /// the loops have, which is less in most processes) all together, 1,024 being opened at once.
  public static final ClientConfig DEFAULT =
      new ClientConfig(
          WebSocketConfig.DEFAULT,
          List.of(),
          Fields.EMPTY,
          ClientTimeouts.DEFAULT,
          null,
          ClientTls.DEFAULT,
          HeadLimits.DEFAULT,
          SocketOptions.VISITOR,
          WriteLimits.DEFAULT,
          ListenerConfig.CONNECTION_LIMITS,
          new Budget(256L << 20, 256L << 20),
          1_024);

  /// @throws IllegalArgumentException if a protocol is no token or named twice, if `fields` holds
  ///   one that belongs to the handshake, or if `maxOpening` is not positive
  public ClientConfig {
    protocols = List.copyOf(protocols);
    var _ = ClientHandshake.begin(protocols, fields);
    if (maxOpening < 1) throw new IllegalArgumentException("maxOpening not positive");
  }

  /// This with other rules for open WebSockets.
  public ClientConfig withWebSocket(WebSocketConfig other) {
    return new ClientConfig(
        other,
        protocols,
        fields,
        timeouts,
        proxy,
        tls,
        head,
        options,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with other subprotocols to ask for.
  public ClientConfig withProtocols(String... others) {
    return new ClientConfig(
        webSocket,
        List.of(others),
        fields,
        timeouts,
        proxy,
        tls,
        head,
        options,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with one more field in requests.
  ///
  /// @throws IllegalArgumentException if it is none, or belongs to the handshake
  public ClientConfig withField(String name, String value) {
    var builder = new HeadBuilder().fields().copy(fields, (_, _) -> true).field(name, value);
    return withFields(builder.buildFields());
  }

  /// This with other fields in requests.
  public ClientConfig withFields(Fields others) {
    return new ClientConfig(
        webSocket,
        protocols,
        others,
        timeouts,
        proxy,
        tls,
        head,
        options,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with other times.
  public ClientConfig withTimeouts(ClientTimeouts others) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        others,
        proxy,
        tls,
        head,
        options,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This through `other`; null for none.
  public ClientConfig withProxy(@Nullable Proxy other) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        other,
        tls,
        head,
        options,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with other certificates.
  public ClientConfig withTls(ClientTls other) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        proxy,
        other,
        head,
        options,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with other bounds of answers' heads.
  public ClientConfig withHead(HeadLimits other) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        proxy,
        tls,
        other,
        options,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with other socket options.
  public ClientConfig withOptions(SocketOptions others) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        proxy,
        tls,
        head,
        others,
        writeLimits,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with other limits for slow servers.
  public ClientConfig withWriteLimits(WriteLimits others) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        proxy,
        tls,
        head,
        options,
        others,
        connectionLimits,
        budget,
        maxOpening);
  }

  /// This with another ceiling of one connection.
  public ClientConfig withConnectionLimits(Budget ceiling) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        proxy,
        tls,
        head,
        options,
        writeLimits,
        ceiling,
        budget,
        maxOpening);
  }

  /// This with another ceiling of all connections together.
  public ClientConfig withBudget(Budget ceiling) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        proxy,
        tls,
        head,
        options,
        writeLimits,
        connectionLimits,
        ceiling,
        maxOpening);
  }

  /// This with another bound on how many are being opened.
  public ClientConfig withMaxOpening(int most) {
    return new ClientConfig(
        webSocket,
        protocols,
        fields,
        timeouts,
        proxy,
        tls,
        head,
        options,
        writeLimits,
        connectionLimits,
        budget,
        most);
  }

  /// Without the fields, which may hold what proves who we are.
  @Override
  public String toString() {
    return "ClientConfig(" + protocols + ", " + timeouts + ", " + proxy + ", " + webSocket + ")";
  }
}
