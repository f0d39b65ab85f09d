package io.tidegate.sleeper;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a sleeper asks for, and how.
///
/// @param target where
/// @param receiveBufferBytes what the kernel is asked to hold unread of a connection; Linux holds
///   up to twice as much
/// @param fields more lines of the request's head, each `Name: value`
/// @param messages text messages that a WebSocket sends when it is open, each at most 64 KiB
/// @param authorities who vouches for a server (PEM), null for those that Java trusts
public record SleeperConfig(
    Target target,
    int receiveBufferBytes,
    List<String> fields,
    List<String> messages,
    @Nullable Path authorities) {
  /// As the smallest that browsers and phones have.
  public static final int RECEIVE_BUFFER_BYTES = 64 * 1024;

  /// Less than a segment or two stops servers that would go on, more is not asked for by anybody.
  private static final int LEAST_BUFFER_BYTES = 2 * 1024;

  private static final int MOST_BUFFER_BYTES = 64 << 20;

  /// A message is one frame of 16 bits of length.
  private static final int MOST_MESSAGE_BYTES = 65_535;

  private static final Pattern FIELD =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}:[ \\t]*[^\\x00-\\x1f\\x7f]{0,8000}");

  /// Copies the lists.
  ///
  /// @throws IllegalArgumentException if the buffer is not in 2 KiB to 64 MiB, a field is not one,
  ///   or there are messages for what is no WebSocket
  public SleeperConfig {
    if (receiveBufferBytes < LEAST_BUFFER_BYTES || receiveBufferBytes > MOST_BUFFER_BYTES) {
      throw new IllegalArgumentException("--receive-buffer not in 2k..64m: " + receiveBufferBytes);
    }
    fields = List.copyOf(fields);
    for (var field : fields) {
      if (!FIELD.matcher(field).matches()) {
        throw new IllegalArgumentException(
            "not a header: '" + field + "'; write it like --header 'Authorization: Bearer abc'");
      }
    }
    messages = List.copyOf(messages);
    if (!messages.isEmpty() && !target.isWebSocket()) {
      throw new IllegalArgumentException("--send is for WebSockets, ws://HOST or wss://HOST");
    }
    for (var message : messages) {
      if (message.getBytes(StandardCharsets.UTF_8).length > MOST_MESSAGE_BYTES) {
        throw new IllegalArgumentException("a message of --send has more than 64 KiB");
      }
    }
  }

  /// For a plain look at `target`.
  public static SleeperConfig of(Target target) {
    return new SleeperConfig(target, RECEIVE_BUFFER_BYTES, List.of(), List.of(), null);
  }
}
