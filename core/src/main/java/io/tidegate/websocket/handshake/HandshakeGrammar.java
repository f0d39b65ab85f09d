package io.tidegate.websocket.handshake;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the two list-valued fields of a handshake, RFC 6455 §9.1 and §11.3.4, from one field
/// value.
///
/// Pure; bounded by the head that held the value. One use.
public final class HandshakeGrammar {
  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  private final String text;
  private int at;

  private HandshakeGrammar(String text) {
    this.text = text;
  }

  /// Returns the tokens of the comma-separated list `text`; null if it is none or has no element.
  public static @Nullable List<String> tokens(String text) {
    var grammar = new HandshakeGrammar(text);
    var tokens = new ArrayList<String>(4);
    do {
      var token = grammar.token();
      if (!token.isEmpty()) tokens.add(token);
    } while (grammar.skip(','));
    return grammar.isAtEnd() && !tokens.isEmpty() ? tokens : null;
  }

  /// One extension of a list, §9.1.
  public record Extension(String name, List<Parameter> parameters) {
    /// Whether it has a parameter of this name.
    public boolean has(String parameter) {
      return parameters.stream().anyMatch(each -> each.name().equals(parameter));
    }

    /// The value of the first parameter of this name; null if it has none.
    public @Nullable String value(String parameter) {
      for (var each : parameters) {
        if (each.name().equals(parameter)) return each.value();
      }
      return null;
    }
  }

  /// One parameter of an extension, unquoted.
  public record Parameter(String name, @Nullable String value) {}

  /// Whether `text` is a list of extensions with well-formed parameters, at least one.
  public static boolean isExtensions(String text) {
    return extensions(text) != null;
  }

  /// Returns the extensions of the comma-separated list `text`; null if it is none or has no
  /// element.
  public static @Nullable List<Extension> extensions(String text) {
    var grammar = new HandshakeGrammar(text);
    var extensions = new ArrayList<Extension>(2);
    do {
      var name = grammar.token();
      if (name.isEmpty()) continue;
      var parameters = grammar.parameters();
      if (parameters == null) return null;
      extensions.add(new Extension(name, parameters));
    } while (grammar.skip(','));
    return grammar.isAtEnd() && !extensions.isEmpty() ? extensions : null;
  }

  /// Whether `text` is one token.
  public static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> isTokenChar((char) c));
  }

  private @Nullable List<Parameter> parameters() {
    var parameters = new ArrayList<Parameter>(2);
    while (skip(';')) {
      var name = token();
      if (name.isEmpty()) return null;
      var value = skip('=') ? value() : null;
      if (value != null && value.isEmpty()) return null;
      parameters.add(new Parameter(name, value));
    }
    return parameters;
  }

  /// Empty if it is none. A quoted value must be a token once unquoted, §9.1; so it holds nothing
  /// to escape.
  private String value() {
    if (!skip('"')) return token();
    var start = at;
    while (at < text.length() && isTokenChar(text.charAt(at))) at++;
    var value = text.substring(start, at);
    return skip('"') ? value : "";
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
