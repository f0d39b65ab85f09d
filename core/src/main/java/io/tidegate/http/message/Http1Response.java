package io.tidegate.http.message;

/// An answer's head and what it says about this connection alone.
///
/// @param head the answer itself
/// @param minorVersion 0 for HTTP/1.0, else 1
/// @param framing where its body ends, given the request's method
/// @param keepAlive false if the connection cannot carry another request
/// @param upgrade true if the status is 101 and Connection and Upgrade both confirm the change
public record Http1Response(
    ResponseHead head, int minorVersion, Framing framing, boolean keepAlive, boolean upgrade) {}
