package io.tidegate.websocket;

import io.tidegate.net.CutReason;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.CloseFrame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls the user's code for one kind of WebSocket, on the virtual thread that runs it. Made when
/// there is something to tell; an idle WebSocket has none.
sealed interface Service {
  /// Serves `socket` from its opening on.
  void open(WebSocket socket);

  /// Who is called again whenever something came that nobody serves; null if the one who serves
  /// from the opening on does not leave before the end.
  @Nullable WebSocketListener listener();

  /// Closes for a fault of the user's code, which is logged: it is no peer's.
  static void fail(WebSocket socket, Throwable fault) {
    if (fault instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      socket.close(CutReason.CLOSING.closeCode(), CutReason.CLOSING.text());
      return;
    }
    log().warn("A handler failed; {} is closed.", socket, fault);
    socket.close(CloseCode.INTERNAL_ERROR, "");
  }

  private static Logger log() {
    return LoggerFactory.getLogger(Service.class);
  }

  /// A loop of the user's own, one thread a connection.
  record Straight(WebSocketHandler handler) implements Service {
    @Override
    public void open(WebSocket socket) {
      try {
        handler.handle(socket);
        if (Thread.currentThread().isInterrupted()) throw new InterruptedException();
        socket.close();
      } catch (Throwable fault) {
        fail(socket, fault);
      } finally {
        socket.letGo();
        socket.forgetRequest();
      }
    }

    @Override
    public @Nullable WebSocketListener listener() {
      return null;
    }
  }

  /// Callbacks, one thread as long as there is something to tell.
  record Callbacks(WebSocketListener listener) implements Service {
    @Override
    public void open(WebSocket socket) {
      try {
        listener.opened(socket);
      } catch (Throwable fault) {
        fail(socket, fault);
      } finally {
        socket.letGo(); // it may have received an answer itself
        socket.forgetRequest();
      }
      serve(socket);
    }

    /// Serves what came since nobody did.
    void serve(WebSocket socket) {
      while (true) {
        var message = socket.poll();
        var end = message == null ? socket.inbox().takeEnd() : null;
        if (message != null) tell(socket, message);
        else if (end != null) tell(socket, end);
        else if (socket.inbox().leave()) return;
      }
    }

    private void tell(WebSocket socket, Message message) {
      try {
        listener.message(socket, message);
      } catch (Throwable fault) {
        fail(socket, fault);
      } finally {
        socket.letGo();
      }
    }

    private void tell(WebSocket socket, CloseFrame end) {
      try {
        listener.closed(socket, end);
      } catch (Throwable fault) {
        fail(socket, fault);
      } finally {
        socket.endSeen();
      }
    }
  }
}
