package io.tidegate.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// The descriptors that this process has open, by what they point to.
///
/// @param targets what each descriptor's number points to; empty where there is no `/proc/self/fd`
record OpenDescriptors(Map<String, String> targets) {
  static final OpenDescriptors NONE = new OpenDescriptors(Map.of());

  private static final Path OWN = Path.of("/proc/self/fd");
  private static final AtomicBoolean WARM = new AtomicBoolean();

  static OpenDescriptors now() {
    var targets = new HashMap<String, String>();
    if (Files.isDirectory(OWN)) {
      try (var entries = Files.newDirectoryStream(OWN)) {
        entries.forEach(entry -> addTarget(entry, targets));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new OpenDescriptors(targets);
  }

  private static void addTarget(Path entry, Map<String, String> targets) {
    try {
      var target = Files.readSymbolicLink(entry).toString();
      if (!target.endsWith(".jar") && !target.startsWith("/dev/") && !target.startsWith("/proc/")) {
        var _ = targets.put(entry.getFileName().toString(), target);
      }
    } catch (IOException _) {
      // closed between the listing and the look
    }
  }

  /// What is open beyond `before`: every socket above the count then, and other descriptors if
  /// there are more than `slack` too many.
  List<String> beyond(OpenDescriptors before, int slack) {
    var beyond = new ArrayList<String>();
    var sockets = sockets() - before.sockets();
    var others = targets.size() - before.targets.size() - sockets;
    if (sockets > 0) {
      beyond.add(sockets + " sockets " + newOnes(before));
    }
    if (others > slack) {
      beyond.add(others + " descriptors " + newOnes(before));
    }
    return beyond;
  }

  private long sockets() {
    return targets.values().stream().filter(target -> target.startsWith("socket:")).count();
  }

  private List<String> newOnes(OpenDescriptors before) {
    return targets.values().stream().filter(it -> !before.targets.containsValue(it)).toList();
  }

  /// Uses each kind of socket once: the JDK keeps some descriptors from the first use on.
  static void warmUp() {
    if (WARM.compareAndSet(false, true)) {
      try {
        Thread.ofVirtual().start(OpenDescriptors::exchange).join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void exchange() {
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var client = new Socket(listener.getInetAddress(), listener.getLocalPort());
        var server = listener.accept();
        var _ = SocketChannel.open()) {
      client.getOutputStream().write(1);
      var _ = server.getInputStream().read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
