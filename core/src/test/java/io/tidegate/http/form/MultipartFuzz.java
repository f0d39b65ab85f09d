package io.tidegate.http.form;

import io.tidegate.fuzz.Finding;
import io.tidegate.http.semantics.HttpError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A Content-Type in the first line, a body behind it: the same parts whole and in slices, within
/// the memory that was promised, or refused as 400 or 415.
public final class MultipartFuzz {
  private static final int WINDOW_BYTES = 16 * 1024;
  private static final int MOST_PARTS = 128;
  private static final int MOST_TEXT = 64;

  private MultipartFuzz() {}

  /// Gives at most so many bytes at once.
  private static final class Slices extends ByteArrayInputStream {
    private final int most;

    Slices(byte[] bytes, int from, int most) {
      super(bytes, from, bytes.length - from);
      this.most = most;
    }

    @Override
    public int read(byte[] into, int at, int length) {
      return super.read(into, at, Math.min(length, most));
    }
  }

  /// Reads `input` in three ways.
  public static void fuzz(byte[] input) {
    int end = 0;
    while (end < input.length && input[end] != '\n') end++;
    var type = new String(input, 0, end, StandardCharsets.ISO_8859_1);
    var boundary = boundary(type);
    if (boundary.isEmpty()) return;
    int body = Math.min(input.length, end + 1);
    var whole = read(input, body, boundary, Integer.MAX_VALUE);
    Finding.unlessEqual(read(input, body, boundary, 1), whole, "byte by byte it reads as whole");
    int some = 2 + Math.floorMod(Arrays.hashCode(input), 20);
    Finding.unlessEqual(read(input, body, boundary, some), whole, "in slices it reads as whole");
  }

  /// Empty if it is refused.
  private static String boundary(String type) {
    try {
      var boundary = Multipart.boundary(type);
      boolean right = !boundary.isEmpty() && boundary.length() <= 70;
      Finding.unless(right, "a boundary of 1 to 70 characters", boundary);
      return boundary;
    } catch (HttpError refused) {
      boolean known = refused.status() == 400 || refused.status() == 415;
      Finding.unless(known, "what is wrong is 400 or 415", refused.status());
      return "";
    }
  }

  private static List<String> read(byte[] input, int from, String boundary, int most) {
    var charged = new AtomicInteger();
    var lines = new ArrayList<String>();
    try {
      var parts = new Multipart(new Slices(input, from, most), boundary, charged::addAndGet);
      long bytes = 0;
      for (var part = parts.next(); part != null; part = parts.next()) bytes += part(part, lines);
      Finding.unless(parts.next() == null, "the end is the end", lines);
      Finding.unless(bytes <= input.length, "no more than came", bytes);
    } catch (HttpError refused) {
      boolean known = refused.status() == 400 || refused.status() == 413;
      Finding.unless(known, "what is wrong is 400 or 413", refused.status());
      lines.add("refused " + refused.status());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    Finding.unless(lines.size() <= MOST_PARTS + 1, "no more parts than may be", lines.size());
    int bound = WINDOW_BYTES + MOST_TEXT * lines.size() + MOST_TEXT;
    Finding.unless(charged.get() <= bound, "no more than was asked for is charged", charged.get());
    return lines;
  }

  /// Some are read, some as text, some are skipped. Returns how long it was, as far as is known.
  private static long part(Part part, List<String> lines) throws IOException {
    var head = part.name() + "|" + part.fileName() + "|" + part.type() + "|";
    switch (lines.size() % 3) {
      case 0 -> {
        var content = part.stream().readAllBytes();
        lines.add(head + content.length + "|" + Arrays.hashCode(content));
        return content.length;
      }
      case 1 -> {
        lines.add(head);
        var text = part.text(MOST_TEXT);
        lines.set(lines.size() - 1, head + text);
        return 0;
      }
      default -> {
        lines.add(head + "skipped");
        return 0;
      }
    }
  }
}
