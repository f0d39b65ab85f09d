package io.tidegate.websocket;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the two list-valued fields of a handshake, RFC 6455 §9.1 and §11.3.4, from one field
/// value.
///
/// Pure; bounded by the head that held the value. One use.
final class HandshakeGrammar {
  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  private final String text;
  private int at;

  private HandshakeGrammar(String text) {
    this.text = text;
  }

  /// Returns the tokens of the comma-separated list `text`; null if it is none or has no element.
  static @Nullable List<String> tokens(String text) {
    var grammar = new HandshakeGrammar(text);
    var tokens = new ArrayList<String>(4);
    do {
      var token = grammar.token();
      if (!token.isEmpty()) tokens.add(token);
    } while (grammar.skip(','));
    return grammar.isAtEnd() && !tokens.isEmpty() ? tokens : null;
  }

  /// Whether `text` is a list of extensions with well-formed parameters, at least one.
  static boolean isExtensions(String text) {
    var grammar = new HandshakeGrammar(text);
    var count = 0;
    do {
      if (grammar.token().isEmpty()) continue;
      if (!grammar.parameters()) return false;
      count++;
    } while (grammar.skip(','));
    return grammar.isAtEnd() && count > 0;
  }

  /// Whether `text` is one token.
  static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> isTokenChar((char) c));
  }

  private boolean parameters() {
    while (skip(';')) {
      if (token().isEmpty()) return false;
      if (skip('=') && !value()) return false;
    }
    return true;
  }

  /// A quoted value must be a token once unquoted, §9.1; so it holds nothing to escape.
  private boolean value() {
    if (!skip('"')) return !token().isEmpty();
    var start = at;
    while (at < text.length() && isTokenChar(text.charAt(at))) at++;
    return at > start && skip('"');
  }

  private String token() {
    skipSpace();
    var start = at;
    while (at < text.length() && isTokenChar(text.charAt(at))) at++;
    return text.substring(start, at);
  }

  private boolean skip(char sign) {
    skipSpace();
    if (at == text.length() || text.charAt(at) != sign) return false;
    at++;
    return true;
  }

  private boolean isAtEnd() {
    skipSpace();
    return at == text.length();
  }

  private void skipSpace() {
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) at++;
  }

  private static boolean isTokenChar(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || TOKEN_SIGNS.indexOf(c) >= 0;
  }
}
