package io.tidegate.net;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What ends with its owner, a connection or an exchange: closed once, newest first. Belongs to the
/// owner's loop.
public final class Scope implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scope.class);

  private final Object owner;
  private @Nullable Owned newest;
  private boolean closed;

  /// The scope of `owner`, which is named where closing fails.
  public Scope(Object owner) {
    this.owner = owner;
  }

  /// Gives up what is owned before its owner ends. Idempotent.
  @FunctionalInterface
  public interface Removal extends AutoCloseable {
    @Override
    void close();
  }

  private static final class Owned implements Removal {
    private final AutoCloseable resource;
    private final @Nullable Owned older;
    private boolean removed;

    Owned(AutoCloseable resource, @Nullable Owned older) {
      this.resource = resource;
      this.older = older;
    }

    @Override
    public void close() {
      removed = true;
    }
  }

  /// Closes `resource` with this scope, or at once if that is over. Returns what gives it up early.
  public Removal own(AutoCloseable resource) {
    while (newest != null && newest.removed) newest = newest.older;
    var entry = new Owned(resource, newest);
    newest = entry;
    if (closed) close();
    return entry;
  }

  /// Closes all that is owned; what one throws is logged and keeps no other from its close.
  @Override
  public void close() {
    closed = true;
    for (var entry = newest; entry != null; entry = entry.older) {
      if (entry.removed) continue;
      entry.removed = true;
      try {
        entry.resource.close();
      } catch (Exception fault) {
        LOG.error("Closing what {} owned failed.", owner, fault);
      }
    }
    newest = null;
  }
}
