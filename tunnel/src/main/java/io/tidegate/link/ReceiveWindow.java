package io.tidegate.link;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loop;
import java.util.function.BooleanSupplier;

/// What the peer may send on one stream, and who pays for it: the account is the window.
///
/// Every byte of the window is charged before it is granted, and is in one of four states: the peer
/// may still send it, it is announced by a frame and on its way, it is delivered and held, or it is
/// released and not granted again yet. So credit cannot be lost or given twice.
final class ReceiveWindow {
  /// Windows that must have been taken since the last change before a window grows.
  private static final int WINDOWS_BEFORE_GROWTH = 4;

  private final Loop loop;
  private final Account account;
  private final int most;
  private int granted;
  private int available;
  private int outstanding;
  private int returned;
  private long taken;
  private boolean over;

  /// A window that grows to `most`; nothing is granted before [#open].
  ReceiveWindow(Loop loop, Account account, int most) {
    this.loop = loop;
    this.account = account;
    this.most = most;
  }

  /// Charges and grants the first window; false if there is no room.
  boolean open(int bytes) {
    if (!account.charge(Purse.DIRECT, bytes)) return false;
    granted = bytes;
    available = bytes;
    loop.unfilled(bytes);
    return true;
  }

  /// A frame of `bytes` begins; false if the peer has no credit for it.
  boolean announce(int bytes) {
    if (bytes > available) return false;
    available -= bytes;
    return true;
  }

  /// `bytes` of an announced frame are delivered.
  void delivered(int bytes) {
    outstanding += bytes;
    loop.unfilled(-bytes);
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
    return !over && returned >= (granted + 1) / 2;
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
    int more = Math.min(granted, most - granted);
    if (more <= 0 || taken < (long) WINDOWS_BEFORE_GROWTH * granted) return 0;
    if (!mayGrow.getAsBoolean() || !account.charge(Purse.DIRECT, more)) return 0;
    granted += more;
    taken = 0;
    loop.unfilled(more);
    return more;
  }

  /// The stream is over: what is not held is given back now, the rest as it is released.
  void close() {
    if (over) return;
    over = true;
    int empty = granted - outstanding;
    loop.unfilled(-empty);
    account.release(Purse.DIRECT, empty);
  }

  /// Delivered bytes that are still held.
  int outstanding() {
    return outstanding;
  }

  /// What the peer may still announce.
  int available() {
    return available;
  }

  /// The whole window.
  int granted() {
    return granted;
  }
}
