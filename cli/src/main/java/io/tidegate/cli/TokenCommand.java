package io.tidegate.cli;

import picocli.CommandLine.Command;

/// Groups what is done with tokens.
@Command(
    name = "token",
    description = "Makes the tokens that agents show to an edge.",
    subcommands = TokenNewCommand.class)
final class TokenCommand {
  TokenCommand() {}
}
