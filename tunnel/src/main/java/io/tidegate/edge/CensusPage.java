package io.tidegate.edge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.buffer.ByteBuf;
import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.Payer;
import io.tidegate.observe.LargestConnections;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One answer to `GET /census`: JSON, written piece by piece as the peer takes it.
///
/// Held meanwhile, and charged to an account of its own: the rows, the writer and one piece of 16
/// KiB. Belongs to the loop of its exchange.
final class CensusPage implements Payer {
  /// No item is longer than the difference to [#PIECE_BYTES]; the totals come to 3 KiB.
  private static final int FULL_BYTES = 12 * 1024;

  private static final int PIECE_BYTES = 16 * 1024;

  /// The JSON writer's buffers and this object.
  private static final int WRITER_BYTES = 16 * 1024;

  private static final Budget LIMITS = new Budget(64 * 1024, 512 * 1024);
  private static final JsonFactory JSON = new JsonFactory();

  private enum Part {
    TOTALS,
    TUNNELS,
    CONNECTIONS,
    DONE
  }

  private final Exchange exchange;
  private final Loops loops;
  private final Account account;
  private final Iterator<Session> sessions;
  private final LargestConnections.Found found;
  private final Iterator<LargestConnections.Row> rows;
  private final JsonGenerator json;
  private @Nullable Session session;
  private Iterator<Claim> claims = Collections.emptyIterator();
  private @Nullable ByteBuf piece;
  private Part part = Part.TOTALS;
  private int unpaid;
  private boolean writing;
  private boolean over;

  private CensusPage(
      Exchange exchange,
      Loops loops,
      @Nullable Edge edge,
      Account account,
      LargestConnections.Found found) {
    this.exchange = exchange;
    this.loops = loops;
    this.account = account;
    this.sessions = edge == null ? Collections.emptyIterator() : edge.sessions().iterator();
    this.found = found;
    this.rows = found.rows().iterator();
    try {
      this.json = JSON.createGenerator(new ToPiece());
    } catch (IOException cannot) {
      throw new IllegalStateException("a writer to memory failed", cannot);
    }
  }

  /// Answers `exchange` once the connections have been looked at; false, and nothing is done, if
  /// `parent` has no room for it.
  static boolean answer(
      Exchange exchange, Loops loops, @Nullable Edge edge, Account parent, int top) {
    var account = parent.open("census", LIMITS);
    var home = exchange.connection().loop();
    if (!account.charge(Purse.HEAP, WRITER_BYTES)
        || !LargestConnections.find(
            loops,
            account,
            top,
            home,
            found -> new CensusPage(exchange, loops, edge, account, found).start())) {
      account.close();
      return false;
    }
    return true;
  }

  private void start() {
    exchange.own(this::exchangeOver);
    if (over
        || !exchange.respond(
            Admin.head(200, "application/json").buildResponse(), Framing.CHUNKED)) {
      exchangeOver();
      return;
    }
    write();
  }

  /// Answered whole, cut, or the peer gone. What is queued is still ours to pay.
  private void exchangeOver() {
    over = true;
    if (unpaid == 0) account.close();
  }

  @Override
  public void released(int bytes) {
    unpaid -= bytes;
    account.release(Purse.DIRECT, bytes);
    if (unpaid > 0) return;
    if (over) account.close();
    else if (!writing) write();
  }

  /// Writes until a piece is on its way or all is said.
  private void write() {
    writing = true;
    while (unpaid == 0 && !over && part != Part.DONE) writePiece();
    writing = false;
    if (!over && part == Part.DONE) exchange.finish(Fields.EMPTY);
  }

  private void writePiece() {
    if (!account.charge(Purse.DIRECT, PIECE_BYTES)) {
      exchangeOver(); // at once: the connection itself ends only after this task
      exchange.cut(CutReason.MEMORY_REFUSED);
      return;
    }
    var filled = exchange.connection().loop().buffers().directBuffer(PIECE_BYTES, PIECE_BYTES);
    piece = filled;
    try {
      while (filled.readableBytes() < FULL_BYTES && part != Part.DONE) {
        part = writeItem();
        json.flush();
      }
    } catch (IOException cannot) {
      throw new IllegalStateException("a writer to memory failed", cannot);
    }
    piece = null;
    int bytes = filled.readableBytes();
    account.release(Purse.DIRECT, PIECE_BYTES - bytes);
    unpaid = bytes;
    var _ = exchange.offer(filled, bytes, this);
  }

  private Part writeItem() throws IOException {
    return switch (part) {
      case TOTALS -> totals();
      case TUNNELS -> tunnels();
      case CONNECTIONS -> connections();
      case DONE -> Part.DONE;
    };
  }

  private Part totals() throws IOException {
    json.writeStartObject();
    json.writeStringField("time", Instant.now().toString());
    var root = loops.root();
    purses("granted", loops::chargedBytes);
    purses("unused", loops::unusedCredit);
    purses("limits", root::limit);
    json.writeNumberField("unfilled", loops.unfilledBytes());
    json.writeNumberField("usedDirect", Loops.usedDirectBytes());
    json.writeNumberField("rung", loops.ladder().rung());
    json.writeObjectFieldStart("cuts");
    for (var reason : CutReason.values()) json.writeNumberField(reason.label(), loops.cuts(reason));
    json.writeEndObject();
    json.writeArrayFieldStart("tunnels");
    return Part.TUNNELS;
  }

  private void purses(String name, java.util.function.ToLongFunction<Purse> figure)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("direct", figure.applyAsLong(Purse.DIRECT));
    json.writeNumberField("heap", figure.applyAsLong(Purse.HEAP));
    json.writeEndObject();
  }

  /// One name of one session; the figures are the session's.
  private Part tunnels() throws IOException {
    while (!claims.hasNext()) {
      if (!sessions.hasNext()) {
        json.writeEndArray();
        json.writeArrayFieldStart("connections");
        return Part.CONNECTIONS;
      }
      session = sessions.next();
      claims = session.claims().iterator();
    }
    tunnel(claims.next(), java.util.Objects.requireNonNull(session));
    return Part.TUNNELS;
  }

  private void tunnel(Claim claim, Session holder) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", claim.name());
    json.writeNumberField("links", holder.linkCount());
    json.writeNumberField("streams", holder.streamCount());
    json.writeNumberField("requests", holder.counts().requests());
    json.writeNumberField("held", holder.heldBytes());
    json.writeEndObject();
  }

  private Part connections() throws IOException {
    if (!rows.hasNext()) {
      json.writeEndArray();
      json.writeNumberField("connectionCount", found.connectionCount());
      json.writeEndObject();
      json.close();
      return Part.DONE;
    }
    var row = rows.next();
    json.writeStartObject();
    json.writeStringField("id", row.id());
    json.writeStringField("peer", row.peer());
    json.writeNumberField("held", row.heldBytes());
    json.writeNumberField("queued", row.queuedBytes());
    json.writeNumberField("read", row.readBytes());
    json.writeNumberField("written", row.writtenBytes());
    json.writeNumberField("ageSeconds", TimeUnit.NANOSECONDS.toSeconds(row.ageNanos()));
    json.writeStringField("what", row.what());
    json.writeEndObject();
    return Part.CONNECTIONS;
  }

  /// Where the JSON writer's bytes go.
  private final class ToPiece extends OutputStream {
    @Override
    public void write(int octet) {
      java.util.Objects.requireNonNull(piece).writeByte(octet);
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      java.util.Objects.requireNonNull(piece).writeBytes(bytes, from, count);
    }
  }
}
