package io.tidegate.sleeper;

/// The close frame that a WebSocket server sent.
///
/// @param code 1005 if the frame has none
/// @param reason as the server wrote it: not fit for a terminal
public record CloseSeen(int code, String reason) {}
