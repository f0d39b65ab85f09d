package io.tidegate.http.h2;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loop;
import java.util.function.BooleanSupplier;

/// What the peer may send on one stream, and who pays for it: granted means charged.
///
/// The peer's credit is counted apart from the charge: a body of known length is charged no more
/// than that, padding uses credit but is held nowhere, and streams that open before our SETTINGS
/// are known have the larger window of RFC 9113 §6.9.2.
final class InboundWindow {
  /// Windows that must have been taken since the last change before a window grows.
  private static final int WINDOWS_BEFORE_GROWTH = 4;

  private final Loop loop;
  private final Account account;
  private final int most;

  /// What is given back in steps of half; less than what is granted where the peer learns late of
  /// our smaller windows.
  private int window;

  private int granted;
  private int available;
  private int outstanding;
  private int returned;
  private long taken;
  private boolean over;

  /// A window of `window` bytes that grows to `most`; nothing is granted before [#open].
  InboundWindow(Loop loop, Account account, int window, int most) {
    this.loop = loop;
    this.account = account;
    this.window = window;
    this.most = most;
  }

  /// Grants `credit`, of which the body will use at most `length`, and charges the lesser; false if
  /// there is no room.
  boolean open(int credit, long length) {
    int charge = (int) Math.min(credit, length);
    if (!account.charge(Purse.DIRECT, charge)) return false;
    granted = charge;
    available = credit;
    loop.unfilled(charge);
    return true;
  }

  /// A frame of `bytes`, padding and all, begins; false if the peer has no credit for it.
  boolean announce(int bytes) {
    if (bytes > 0 && bytes > available) return false;
    available -= bytes;
    return true;
  }

  /// The peer has taken `bytes` of credit back from itself, as our SETTINGS ask; it may then owe
  /// some, RFC 9113 §6.9.2.
  void shrink(int bytes) {
    available -= bytes;
  }

  /// `bytes` of an announced frame are delivered.
  void delivered(int bytes) {
    outstanding += bytes;
    loop.unfilled(-bytes);
  }

  /// `bytes` of an announced frame were padding.
  void skipped(int bytes) {
    returned += bytes;
  }

  /// `bytes` that were delivered are held no longer.
  ///
  /// @throws IllegalStateException if fewer are out
  void released(int bytes) {
    if (bytes > outstanding) {
      throw new IllegalStateException("released " + bytes + " where " + outstanding + " are out");
    }
    outstanding -= bytes;
    if (over) {
      account.release(Purse.DIRECT, bytes);
      return;
    }
    returned += bytes;
    taken += bytes;
    loop.unfilled(bytes);
  }

  /// Whether half of the window has come back: time for a window update.
  boolean isDue() {
    return !over && returned >= (window + 1) / 2;
  }

  /// Grants again what has come back, and more if the window has earned it, `mayGrow` agrees and
  /// the account has room. Returns what to tell the peer.
  int grant(BooleanSupplier mayGrow) {
    int delta = returned + growth(mayGrow);
    returned = 0;
    available += delta;
    return delta;
  }

  private int growth(BooleanSupplier mayGrow) {
    int more = Math.min(window, most - window);
    if (more <= 0 || granted < window || taken < (long) WINDOWS_BEFORE_GROWTH * window) return 0;
    int charge = Math.max(0, window + more - granted);
    if (!mayGrow.getAsBoolean() || !account.charge(Purse.DIRECT, charge)) return 0;
    granted += charge;
    window += more;
    taken = 0;
    loop.unfilled(charge);
    return more;
  }

  /// The stream takes no more: what is not held is given back now, the rest as it is released.
  void close() {
    if (over) return;
    over = true;
    int empty = granted - outstanding;
    loop.unfilled(-empty);
    account.release(Purse.DIRECT, empty);
  }

  /// What the peer may still announce.
  int available() {
    return available;
  }

  /// Delivered bytes that are still held.
  int outstanding() {
    return outstanding;
  }
}
