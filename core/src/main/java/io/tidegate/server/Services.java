package io.tidegate.server;

import io.tidegate.ledger.Account;

/// What all calls of a server share.
///
/// @param account pays for what handlers hold
/// @param json between values and JSON
record Services(Account account, JsonMapper json) {}
