package io.tidegate.hub;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What somebody publishes: bytes, and what is said of them. Immutable, if its bytes and its
/// attachment are left alone; each `with…` gives another.
public final class Publication {
  private static final byte[] NOTHING = {};

  private final byte[] bytes;
  private final Form form;
  private final @Nullable String key;
  private final @Nullable String type;
  private final @Nullable Object attachment;
  private final int attachmentBytes;

  /// What the bytes are.
  public enum Form {
    /// Text in UTF-8; nobody checks it again.
    TEXT,
    /// Anything.
    BINARY,
    /// Nothing: the key's value is no more.
    REMOVAL
  }

  private Publication(
      byte[] bytes,
      Form form,
      @Nullable String key,
      @Nullable String type,
      @Nullable Object attachment,
      int attachmentBytes) {
    this.bytes = bytes;
    this.form = form;
    this.key = key;
    this.type = type;
    this.attachment = attachment;
    this.attachmentBytes = attachmentBytes;
  }

  /// A text.
  public static Publication text(String text) {
    return new Publication(text.getBytes(StandardCharsets.UTF_8), Form.TEXT, null, null, null, 0);
  }

  /// Text in UTF-8; nobody changes the bytes before `publish` has returned.
  public static Publication text(byte[] utf8) {
    return new Publication(utf8, Form.TEXT, null, null, null, 0);
  }

  /// Bytes; nobody changes them before `publish` has returned.
  public static Publication binary(byte[] bytes) {
    return new Publication(bytes, Form.BINARY, null, null, null, 0);
  }

  /// The word that `key` has no value any more, for keyed topics.
  public static Publication removal(String key) {
    return new Publication(NOTHING, Form.REMOVAL, key, null, null, 0);
  }

  /// This as the newest value of `key`; topics that are not keyed ignore it.
  public Publication withKey(String newKey) {
    return new Publication(bytes, form, newKey, type, attachment, attachmentBytes);
  }

  /// This with a type, such as the `event` of a server-sent event.
  ///
  /// @throws IllegalArgumentException if it holds a control character
  public Publication withType(String newType) {
    if (newType.chars().anyMatch(c -> c < ' '))
      throw new IllegalArgumentException("a type holds a control character");
    return new Publication(bytes, form, key, newType, attachment, attachmentBytes);
  }

  /// This with something that a dialect's formats ask for when they write it, kept as long as the
  /// message and charged `heldBytes` of the heap purse.
  ///
  /// @throws IllegalArgumentException if `heldBytes` is negative
  public Publication withAttachment(Object value, int heldBytes) {
    if (heldBytes < 0) throw new IllegalArgumentException("heldBytes negative: " + heldBytes);
    return new Publication(bytes, form, key, type, value, heldBytes);
  }

  /// What the bytes are.
  public Form form() {
    return form;
  }

  /// What is said of it, without the bytes.
  Publication withoutBytes() {
    return bytes.length == 0
        ? this
        : new Publication(NOTHING, form, key, type, attachment, attachmentBytes);
  }

  /// How many bytes are published.
  public int length() {
    return bytes.length;
  }

  /// The bytes themselves, not a copy.
  byte[] bytes() {
    return bytes;
  }

  /// What it is the newest value of; null if of nothing.
  public @Nullable String key() {
    return key;
  }

  /// Its type; null if it has none.
  public @Nullable String type() {
    return type;
  }

  /// What a dialect attached; null if nothing.
  public @Nullable Object attachment() {
    return attachment;
  }

  /// What [#attachment] is charged, in bytes.
  int attachmentBytes() {
    return attachmentBytes;
  }

  @Override
  public String toString() {
    return form + " of " + bytes.length + " bytes";
  }
}
