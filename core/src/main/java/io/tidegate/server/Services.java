package io.tidegate.server;

import io.tidegate.http.HandlerThreads;
import io.tidegate.ledger.Account;
import io.tidegate.websocket.WebSockets;

/// What all calls of a server share.
///
/// @param account pays for what handlers hold
/// @param json between values and JSON
/// @param sockets opens WebSockets
/// @param threads where handlers run
/// @param sendChunkBytes as in [ServerConfig#sendChunk]
record Services(
    Account account,
    JsonMapper json,
    WebSockets sockets,
    HandlerThreads threads,
    int sendChunkBytes) {}
