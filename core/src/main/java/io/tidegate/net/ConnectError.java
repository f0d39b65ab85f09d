package io.tidegate.net;

import io.netty.channel.unix.Errors;
import java.net.BindException;
import java.net.ConnectException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a failed connect means, told by the number or the kind of the system's error and never by
/// its words, which are in the system's language.
///
/// Netty's epoll writes the error's number into the message and leaves no other trace of it. The
/// JDK sorts errors into exceptions, which Netty hides as the cause of its own: a [BindException]
/// for want of a local port or address, a [ConnectException] for a refusal. It also throws the
/// latter when the system itself gave up, which takes 21 s at least (127 s on Linux): our own
/// deadlines come first.
final class ConnectError {
  /// Linux on every machine that Netty has epoll for.
  private static final int EADDRINUSE = 98;

  private static final int EADDRNOTAVAIL = 99;
  private static final int ETIMEDOUT = 110;

  /// The longest number of an error that Linux knows has three digits.
  private static final Pattern NUMBER = Pattern.compile("failed with error\\(-([0-9]{1,3})\\)");

  private ConnectError() {}

  static CutReason reason(Throwable failed) {
    int number = number(failed);
    return number > 0 ? byNumber(number) : byKind(failed);
  }

  /// 0 if there is none.
  private static int number(Throwable failed) {
    var message = failed.getMessage();
    var found = NUMBER.matcher(message == null ? "" : message);
    return found.find() ? Integer.parseInt(found.group(1)) : 0;
  }

  private static CutReason byNumber(int number) {
    return switch (number) {
      case EADDRINUSE, EADDRNOTAVAIL -> CutReason.NO_LOCAL_PORT;
      case ETIMEDOUT -> CutReason.APP_SILENT;
      default ->
          number == -Errors.ERROR_ECONNREFUSED_NEGATIVE
              ? CutReason.APP_REFUSED
              : CutReason.APP_UNREACHABLE;
    };
  }

  private static CutReason byKind(@Nullable Throwable failed) {
    return switch (failed) {
      case null -> CutReason.APP_UNREACHABLE;
      case BindException _ -> CutReason.NO_LOCAL_PORT;
      case ConnectException _ -> CutReason.APP_REFUSED;
      default -> byKind(failed.getCause());
    };
  }
}
