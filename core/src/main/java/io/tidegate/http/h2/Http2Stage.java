package io.tidegate.http.h2;

import io.tidegate.http.HttpLimits;
import io.tidegate.http.LoopHandler;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.Loops;
import io.tidegate.net.Stage;

/// The last stage of a listener whose peers speak HTTP/2 and know it, RFC 9113 §3.3. Safe for any
/// thread.
public final class Http2Stage implements Stage {
  private final HttpLimits http;
  private final Http2Limits limits;
  private final LoopHandler handler;
  private final LoopKit[] kits;

  /// Serves `handler` on connections of `loops`.
  public Http2Stage(Loops loops, HttpLimits http, Http2Limits limits, LoopHandler handler) {
    this.http = http;
    this.limits = limits;
    this.handler = handler;
    this.kits = new LoopKit[loops.count()];
    for (int i = 0; i < kits.length; i++) kits[i] = LoopKit.within(limits);
  }

  /// 0: a connection pays when it turns out to be one of these.
  @Override
  public int heapPriceBytes() {
    return 0;
  }

  @Override
  public ByteStream.Reader start(Connection connection, Next next) {
    return Http2Server.start(connection, http, limits, kits[connection.loop().index()], handler);
  }
}
