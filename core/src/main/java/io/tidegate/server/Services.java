package io.tidegate.server;

import io.tidegate.http.HandlerThreads;
import io.tidegate.http.semantics.Cors;
import io.tidegate.ledger.Account;
import io.tidegate.websocket.WebSockets;
import org.jspecify.annotations.Nullable;

/// What all calls of a server share.
///
/// @param account pays for what handlers hold
/// @param json between values and JSON
/// @param sockets opens WebSockets
/// @param threads where handlers run
/// @param sendChunkBytes as in [ServerConfig#sendChunk]
/// @param cors as in [ServerConfig#cors]; null if pages of other origins are told nothing
record Services(
    Account account,
    JsonMapper json,
    WebSockets sockets,
    HandlerThreads threads,
    int sendChunkBytes,
    @Nullable Cors cors) {}
