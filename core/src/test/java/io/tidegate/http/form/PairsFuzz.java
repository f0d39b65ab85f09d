package io.tidegate.http.form;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidegate.fuzz.Finding;
import io.tidegate.http.semantics.HttpError;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Queries and forms: read or refused as 400, the same by each of the ways to ask, and read back as
/// they are when the JDK writes them.
public final class PairsFuzz {
  private static final int MOST = 40;

  private PairsFuzz() {}

  private record Pair(String name, String value) {}

  /// Reads `input` as it would stand in a query.
  public static void fuzz(byte[] input) {
    var coded = new String(input, StandardCharsets.ISO_8859_1);
    try {
      var pairs = Pairs.of(coded, MOST);
      var all = all(pairs);
      asked(pairs, all);
      int chars = all.stream().mapToInt(pair -> pair.name.length() + pair.value.length()).sum();
      Finding.unless(chars <= coded.length(), "no longer than it came", chars);
      Finding.unlessEqual(all(Pairs.of(written(all), MOST)), all, "written, it reads the same");
    } catch (HttpError refused) {
      Finding.unless(refused.status() == 400, "what is wrong is 400", refused.status());
    }
  }

  private static List<Pair> all(Pairs pairs) {
    var all = new ArrayList<Pair>();
    pairs.forEach((name, value) -> all.add(new Pair(name, value)));
    Finding.unless(all.size() <= MOST, "no more than may be", all.size());
    return all;
  }

  private static void asked(Pairs pairs, List<Pair> all) {
    for (var pair : all) {
      var values = all.stream().filter(one -> one.name.equals(pair.name)).map(Pair::value).toList();
      Finding.unlessEqual(pairs.all(pair.name), values, "all of one name");
      Finding.unlessEqual("" + pairs.first(pair.name), values.getFirst(), "the first of them");
    }
  }

  private static String written(List<Pair> all) {
    var text = new StringBuilder();
    for (var pair : all) {
      if (!text.isEmpty()) text.append('&');
      text.append(URLEncoder.encode(pair.name, UTF_8)).append('=');
      text.append(URLEncoder.encode(pair.value, UTF_8));
    }
    return text.toString();
  }
}
