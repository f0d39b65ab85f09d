package io.tidegate.observe;

import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import java.time.Duration;
import java.util.function.Consumer;

/// One question to all loops: do you turn? Belongs to the loop that asks.
public final class Health {
  /// How long the slowest loop may take to answer.
  public static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Consumer<Boolean> answer;
  private final Deadline deadline;
  private int waiting;
  private boolean over;

  private Health(Loop home, int loops, Consumer<Boolean> answer) {
    this.answer = answer;
    this.waiting = loops;
    this.deadline = home.deadline(() -> finish(false));
  }

  /// Asks every loop from `home`, on which this is called; `answer` gets there, once, whether all
  /// have answered within [#PATIENCE].
  public static void ask(Loops loops, Loop home, Consumer<Boolean> answer) {
    var asked = new Health(home, loops.count(), answer);
    asked.deadline.in(PATIENCE);
    for (int i = 0; i < loops.count(); i++) {
      var _ =
          loops
              .loop(i)
              .later(() -> {
                var _ = home.run(asked::answered);
              });
    }
  }

  private void answered() {
    if (--waiting == 0) finish(true);
  }

  private void finish(boolean healthy) {
    if (over) return;
    over = true;
    deadline.close();
    answer.accept(healthy);
  }
}
