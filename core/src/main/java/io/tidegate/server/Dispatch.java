package io.tidegate.server;

import io.tidegate.http.Exchange;
import io.tidegate.http.HandlerThreads;
import io.tidegate.http.LoopHandler;
import io.tidegate.http.TickStarts;
import io.tidegate.http.semantics.Cors;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the route of each request and runs its handler: on the loop if it never blocks, else on a
/// thread of its own.
final class Dispatch implements LoopHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);

  /// Longer than handlers that end are behind, also in a server that has just started and meets a
  /// crowd; shorter than a visitor's patience.
  private static final Duration LINE_PATIENCE = Duration.ofSeconds(4);

  private final Router router;
  private final Faults faults;
  private final Services services;
  private final Sender sender;
  private final HandlerThreads threads;

  /// One a loop, by its index.
  private final List<TickStarts> starts;

  Dispatch(Router router, Faults faults, Services services, Loops loops) {
    this.router = router;
    this.faults = faults;
    this.services = services;
    this.sender = new Sender(services);
    this.threads = services.threads();
    this.starts =
        IntStream.range(0, loops.count()).mapToObj(i -> threads.startsOf(loops.loop(i))).toList();
  }

  @Override
  public void handle(Exchange exchange) {
    var target = exchange.request().target();
    int mark = target.indexOf('?');
    var path = mark < 0 ? target : target.substring(0, mark);
    if (!path.startsWith("/")) {
      ofNoPath(exchange);
      return;
    }
    var cors = services.cors();
    var asked = cors == null ? null : Cors.askedMethod(exchange.request());
    Router.Found found;
    try {
      found = router.find(asked == null ? exchange.request().method() : asked, path);
    } catch (HttpError malformed) {
      refuse(exchange, malformed);
      return;
    }
    if (cors != null && asked != null) {
      preflight(exchange, cors, methods(found, asked));
      return;
    }
    switch (found) {
      case Router.Found.One one -> run(exchange, one, new Call(exchange, services, path, one));
      case Router.Found.OtherMethods others -> otherMethods(exchange, others.allow());
      case Router.Found.Nothing _ -> refuse(exchange, new HttpError(404));
    }
  }

  /// A path has the method that is asked for, or it has others; where there is nothing, the request
  /// that follows is to be told so.
  private static String methods(Router.Found found, String asked) {
    return switch (found) {
      case Router.Found.OtherMethods others -> others.allow();
      case Router.Found.One _, Router.Found.Nothing _ -> asked;
    };
  }

  /// What a browser asks before it sends a page's request; who may not is told so.
  private void preflight(Exchange exchange, Cors cors, String methods) {
    if (!cors.allows(exchange.request())) {
      refuse(exchange, new HttpError(403, "pages of this origin are not let in"));
      return;
    }
    var fields = new ArrayList<Answer.Field>();
    cors.answerPreflight(methods, (name, value) -> fields.add(new Answer.Field(name, value)));
    ready(exchange, new Answer(204, fields, new Content.Nothing()));
  }

  /// OPTIONS of the whole server, RFC 9110 §9.3.7, or a proxy's CONNECT, which this is not.
  private void ofNoPath(Exchange exchange) {
    var head = exchange.request();
    if (head.method().equals("OPTIONS")) {
      ready(exchange, Answer.NO_CONTENT);
      return;
    }
    var allow = head.target().equals("*") ? "OPTIONS" : "";
    ready(exchange, Faults.plain(new HttpError(405)).withField("Allow", allow));
  }

  private void run(Exchange exchange, Router.Found.One found, Call call) {
    var handler = found.route().handler();
    if (found.route().isOnLoop()) onLoop(exchange, handler, call);
    else onThread(exchange, handler, call);
  }

  private void onLoop(Exchange exchange, Handler handler, Call call) {
    Answer answer;
    try {
      answer = call.ready(handler.answer(call));
    } catch (Exception fault) {
      failedOnLoop(exchange, call, fault);
      return;
    }
    ready(exchange, answer);
  }

  /// Error handlers may block: they have a thread, also for what failed without.
  private void failedOnLoop(Exchange exchange, Call call, Exception fault) {
    Handler fails =
        _ -> {
          throw fault;
        };
    if (faults.hasHandler(fault)) onThread(exchange, fails, call);
    else ready(exchange, Faults.unhandled(fault));
  }

  /// Starts `handler` on a thread, which takes up a place of its connection until it returns.
  private void onThread(Exchange exchange, Handler handler, Call call) {
    var line = exchange.hasCompany() ? HandlerThreads.Line.FURTHER : HandlerThreads.Line.FIRST;
    var place = exchange.occupy();
    var loop = exchange.connection().loop();
    Runnable ended =
        () -> {
          try {
            call.body().close();
          } finally {
            if (place != null) giveBack(place, loop);
          }
        };
    Runnable answers = () -> answerOnThread(exchange, handler, call, ended);
    Runnable refused =
        () -> {
          var _ =
              loop.later(() -> {
                if (place != null) place.close();
                exchange.cut(CutReason.HANDLER_LIMIT);
              });
        };
    var work = new HandlerThreads.Work(answers, refused, line, !exchange.hasArrived());
    var start = starts.get(loop.index()).startOrWait(work);
    if (start == HandlerThreads.Start.WAITS) {
      var patience = loop.deadline(() -> threads.giveUp(work));
      exchange.own(() -> {
        patience.close();
        threads.giveUp(work); // nobody is there any more whom it would answer
      });
      patience.in(LINE_PATIENCE);
    } else if (start == HandlerThreads.Start.REFUSED) {
      if (place != null) place.close();
      exchange.cut(CutReason.HANDLER_LIMIT);
    }
  }

  private static void giveBack(Scope.Removal place, Loop loop) {
    var _ = loop.later(place::close);
  }

  /// Calls `ended` once the call is over, which may outlast this.
  private void answerOnThread(Exchange exchange, Handler handler, Call call, Runnable ended) {
    boolean goesOn = false;
    try {
      var answer = answer(handler, call);
      if (call.body().drop()) needsNoMore();
      goesOn = sender.send(exchange, answer, call.body(), ended);
    } catch (Throwable fault) {
      Transfer.brokenOff(exchange, fault);
    } finally {
      if (!goesOn) ended.run();
    }
  }

  /// The request of a handler that has not taken its body may go on arriving: the handler waits no
  /// more for it.
  private void needsNoMore() {
    var place = threads.here();
    if (place != null) place.arrived();
  }

  /// What `handler` answers, or what stands for what it threw.
  private Answer answer(Handler handler, Call call) throws PeerGoneException {
    try {
      return call.ready(handler.answer(call));
    } catch (Throwable fault) {
      var gone = PeerGoneException.behind(fault);
      if (gone != null) throw gone;
      return faults.answer(fault, call);
    }
  }

  private void otherMethods(Exchange exchange, String allow) {
    boolean asked = exchange.request().method().equals("OPTIONS");
    var answer = asked ? Answer.NO_CONTENT : Faults.plain(new HttpError(405));
    ready(exchange, answer.withField("Allow", allow));
  }

  private void refuse(Exchange exchange, HttpError error) {
    ready(exchange, Faults.plain(error));
  }

  /// Sends `answer` from the loop: behind what has arrived of a body that nobody reads, which is
  /// dropped once the caller is through with this request.
  private void ready(Exchange exchange, Answer answer) {
    if (exchange.bodyFraming().isEmpty()) {
      sendReady(exchange, answer);
      return;
    }
    SkippedBody.of(exchange);
    var _ = Sender.later(exchange, () -> sendReady(exchange, answer));
  }

  private void sendReady(Exchange exchange, Answer answer) {
    try {
      sender.sendReady(exchange, answer);
    } catch (Exception fault) {
      LOG.error("A handler's answer cannot be sent from the loop.", fault);
      exchange.cut(CutReason.INTERNAL);
    }
  }
}
