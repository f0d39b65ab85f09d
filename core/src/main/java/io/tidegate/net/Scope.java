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
    private final @Nullable Owned older;

    /// Null once it was closed or given up: an owner that lives on does not keep it.
    private @Nullable AutoCloseable resource;

    Owned(AutoCloseable resource, @Nullable Owned older) {
      this.resource = resource;
      this.older = older;
    }

    @Override
    public void close() {
      resource = null;
    }

    @Nullable AutoCloseable take() {
      var taken = resource;
      resource = null;
      return taken;
    }
  }

  /// Closes `resource` with this scope, or at once if that is over. Returns what gives it up early.
  public Removal own(AutoCloseable resource) {
    dropGivenUp();
    var entry = new Owned(resource, newest);
    newest = entry;
    if (closed) close();
    return entry;
  }

  /// Whether nothing is owned.
  boolean isEmpty() {
    dropGivenUp();
    return newest == null;
  }

  private void dropGivenUp() {
    while (newest != null && newest.resource == null) newest = newest.older;
  }

  /// Closes all that is owned; what one throws is logged and keeps no other from its close.
  @Override
  public void close() {
    closed = true;
    for (var entry = newest; entry != null; entry = entry.older) {
      var resource = entry.take();
      if (resource == null) continue;
      try {
        resource.close();
      } catch (Exception fault) {
        LOG.error("Closing what {} owned failed.", owner, fault);
      }
    }
    newest = null;
  }
}
