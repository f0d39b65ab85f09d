package io.tidegate.examples;

import io.tidegate.outbound.Slow;
import io.tidegate.server.Answer;
import io.tidegate.server.HttpServer;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A chat: what one says, all hear. Who does not keep up misses the oldest, and holds up nobody.
public final class Chat {
  private static final String PAGE =
      """
      <!doctype html><ul id=l></ul><input id=i autofocus>
      <script>let s=new WebSocket(location.href.replace('http','ws')+'chat');
      s.onmessage=e=>{let l=document.createElement('li');l.textContent=e.data;document.all.l.append(l)};
      i.onchange=()=>{s.send(i.value);i.value=''}</script>
      """;

  private final Set<WebSocket> all = ConcurrentHashMap.newKeySet();

  private Chat() {}

  private void take(WebSocket socket) {
    all.add(socket);
    try {
      for (Message message : socket) say(message);
    } finally {
      all.remove(socket);
    }
  }

  private void say(Message message) {
    if (!(message instanceof Message.Text text)) return;
    for (var each : all) {
      var _ = each.send(text.text(), Slow.dropOldest());
    }
  }

  static HttpServer start(int port) throws IOException {
    var chat = new Chat();
    return HttpServer.start(s ->
        s.listen("127.0.0.1", port)
            .get("/", _ -> Answer.html(PAGE))
            .webSocket("/chat", chat::take));
  }

  /// Serves on port 8080 until the process is stopped.
  public static void main(String... arguments) throws IOException {
    try (var server = start(8080)) {
      server.ended().toCompletableFuture().join();
    }
  }
}
