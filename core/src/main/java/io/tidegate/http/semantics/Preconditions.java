package io.tidegate.http.semantics;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Whether a request's conditions hold for what it asks for, RFC 9110 §13.2.
public final class Preconditions {
  /// What follows from a request's conditions.
  public enum Outcome {
    /// Answer as if there were none.
    GO_ON,
    /// 304: the peer has it already.
    NOT_MODIFIED,
    /// 412: it is not what the peer thinks it is.
    FAILED
  }

  private Preconditions() {}

  /// Looks at the conditions of a GET or HEAD (`reads`), or of another method, for something whose
  /// entity tag is `tag`, as it stands in an ETag field, and that was changed last at `modified`.
  public static Outcome of(Fields request, boolean reads, String tag, Instant modified) {
    var ifMatch = lines(request, "If-Match");
    if (ifMatch != null && !lists(ifMatch, tag, false)) return Outcome.FAILED;
    if (ifMatch == null && isAfter(modified, request.value("If-Unmodified-Since")))
      return Outcome.FAILED;
    var ifNoneMatch = lines(request, "If-None-Match");
    if (ifNoneMatch != null) {
      if (!lists(ifNoneMatch, tag, true)) return Outcome.GO_ON;
      return reads ? Outcome.NOT_MODIFIED : Outcome.FAILED;
    }
    var since = request.value(FieldName.IF_MODIFIED_SINCE);
    var known = since == null ? null : HttpDate.parse(since);
    boolean unchanged = known != null && !seconds(modified).isAfter(known);
    return reads && unchanged ? Outcome.NOT_MODIFIED : Outcome.GO_ON;
  }

  /// Whether a Range field is to be heeded, RFC 9110 §13.1.5: there is no If-Range, or it names
  /// just this.
  public static boolean heedsRange(Fields request, String tag, Instant modified) {
    var condition = request.value(FieldName.IF_RANGE);
    if (condition == null) return true;
    if (condition.startsWith("\"")) return condition.equals(tag);
    var date = HttpDate.parse(condition);
    return date != null && date.equals(seconds(modified));
  }

  /// The list that all lines of this name make, null if there is none; RFC 9110 §5.3.
  private static @Nullable String lines(Fields request, String name) {
    String all = null;
    for (int i = 0; i < request.size(); i++) {
      if (!request.nameIs(i, name)) continue;
      all = all == null ? request.value(i) : all + ", " + request.value(i);
    }
    return all;
  }

  private static boolean isAfter(Instant modified, @Nullable String date) {
    var limit = date == null ? null : HttpDate.parse(date);
    return limit != null && seconds(modified).isAfter(limit);
  }

  private static Instant seconds(Instant time) {
    return Instant.ofEpochSecond(time.getEpochSecond());
  }

  /// Whether `list` has `tag` or is `*`; weak tags match only if `weakly`.
  private static boolean lists(String list, String tag, boolean weakly) {
    if (list.strip().equals("*")) return true;
    for (int at = 0; (at = list.indexOf('"', at)) >= 0; ) {
      int end = list.indexOf('"', at + 1);
      if (end < 0) return false;
      boolean weak = at >= 2 && list.startsWith("W/", at - 2);
      if ((weakly || !weak) && opaque(tag).equals(list.substring(at, end + 1)))
        return weakly || !tag.startsWith("W/");
      at = end + 1;
    }
    return false;
  }

  private static String opaque(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }
}
