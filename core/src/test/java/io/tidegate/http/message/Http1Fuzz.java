package io.tidegate.http.message;

import io.netty.buffer.Unpooled;
import io.tidegate.fuzz.Finding;
import io.tidegate.http.message.Http1Writer.Then;
import java.util.Arrays;

/// What an HTTP/1 peer sends: read the same whole and in slices, never with an exception; and what
/// is taken is written on so that whoever comes next reads the same.
public final class Http1Fuzz {
  private static final HeadLimits TIGHT = new HeadLimits(128, 256, 6, 64, 32);
  private static final HeadLimits WIDE =
      new HeadLimits(
          HeadLimits.MAX_HEAD_BYTES, HeadLimits.MAX_HEAD_BYTES, 1_000, 4 * 1024, 4 * 1024);

  private Http1Fuzz() {}

  /// Reads `input` as what a connection brings: requests one after the other, and an answer.
  public static void fuzz(byte[] input) {
    requests(input, HeadLimits.DEFAULT);
    requests(input, TIGHT);
    head(input);
    answer(input);
  }

  private static void requests(byte[] input, HeadLimits limits) {
    int some = 2 + Math.floorMod(Arrays.hashCode(input), 30);
    var whole = ReadRequests.of(input, limits, all -> all);

    Finding.unlessEqual(
        ReadRequests.of(input, limits, _ -> 1), whole, "byte by byte it reads as whole");
    Finding.unlessEqual(
        ReadRequests.of(input, limits, left -> Math.min(left, some)),
        whole,
        "in slices it reads as whole");
    Finding.unless(whole.status() == 0 || isError(whole.status()), "refused as an error", whole);
  }

  private static boolean isError(int status) {
    return status >= 400 && status <= 599;
  }

  private static void head(byte[] input) {
    var scanner = new Http1RequestScanner(HeadLimits.DEFAULT);
    if (scanner.scan(input, 0, input.length) != Scan.HEAD) return;
    var request = scanner.request();
    var head = request.head();
    Finding.unless(scanner.consumed() <= input.length, "no more than came", scanner.consumed());
    plain(head.fields());
    for (int i = 0; i < head.target().length(); i++)
      Finding.unless(Octets.isTarget(head.target().charAt(i)), "a plain target", head);
    // what HTTP/1.0 may leave out, HTTP/1.1 cannot be told without
    if (!head.authority().isEmpty()) writtenBack(request);
  }

  private static void plain(Fields fields) {
    for (int i = 0; i < fields.size(); i++) {
      var name = fields.name(i);
      var value = fields.value(i);
      boolean token = !name.isEmpty() && name.chars().allMatch(c -> Octets.isToken((byte) c));
      Finding.unless(token, "a name is a token", name);
      boolean right = value.chars().allMatch(c -> Octets.isValue((byte) c));
      Finding.unless(right && value.strip().equals(value), "a value is plain", value);
    }
  }

  private static void writtenBack(Http1Request request) {
    var head = request.head();
    var out = Unpooled.buffer();
    Http1Writer.write(head, request.framing(), Then.CLOSE, out);
    int size = Http1Writer.sizeOf(head, request.framing(), Then.CLOSE);
    Finding.unless(out.readableBytes() == size, "written as long as announced", size);
    var again = new Http1RequestScanner(WIDE);

    var found = again.scan(out.array(), 0, size);

    Finding.unless(found == Scan.HEAD, "what is written is a head", head);
    Finding.unless(again.consumed() == size, "and no more than that", head);
    var back = again.request();
    Finding.unlessEqual(back.framing(), request.framing(), "framed the same");
    Finding.unless(!back.keepAlive(), "and closed as was said", head);
    Finding.unlessEqual(back.head().method(), head.method(), "the same method");
    Finding.unlessEqual(back.head().target(), head.target(), "the same target");
    Finding.unlessEqual(back.head().authority(), head.authority(), "the same authority");
  }

  private static void answer(byte[] input) {
    var whole = new Http1ResponseScanner(HeadLimits.DEFAULT);
    var sliced = new Http1ResponseScanner(HeadLimits.DEFAULT);
    var found = whole.scan("GET", input, 0, input.length);
    var step = Scan.NEED_MORE;
    for (int to = 1; to <= input.length && step == Scan.NEED_MORE; to++)
      step = sliced.scan("GET", input, 0, to);

    Finding.unlessEqual(step, found, "an answer reads the same byte by byte");
    if (found == Scan.BAD) Finding.unlessEqual(sliced.bad(), whole.bad(), "refused the same");
    if (found != Scan.HEAD) return;
    Finding.unless(sliced.consumed() == whole.consumed(), "as long", sliced.consumed());
    Finding.unlessEqual(text(sliced.response()), text(whole.response()), "the same head");
    plain(whole.response().head().fields());
  }

  private static String text(Http1Response response) {
    return response.head().status() + " " + response.framing() + "\n" + response.head().fields();
  }
}
