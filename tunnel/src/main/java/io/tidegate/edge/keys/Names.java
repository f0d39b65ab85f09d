package io.tidegate.edge.keys;

import java.security.SecureRandom;

/// Names of tunnels: one label of a host name.
public final class Names {
  private static final int SHORTEST = 3;
  private static final int LONGEST = 63;
  private static final int RANDOM_LENGTH = 10;
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
  private static final SecureRandom RANDOM = new SecureRandom();

  private Names() {}

  /// 3 to 63 of `a-z 0-9 -`, no hyphen at an end, not an encoded international label.
  public static boolean isValid(String name) {
    if (name.length() < SHORTEST || name.length() > LONGEST || name.startsWith("xn--"))
      return false;
    if (name.startsWith("-") || name.endsWith("-")) return false;
    return name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
  }

  /// Why `name`, which is not valid, is refused.
  public static String refusal(String name) {
    return "'" + name + "' is no name: 3 to 63 of a-z 0-9 -, not at its ends, no xn--";
  }

  /// A name that nobody guesses: 50 random bits.
  public static String random() {
    var name = new StringBuilder(RANDOM_LENGTH);
    for (int i = 0; i < RANDOM_LENGTH; i++)
      name.append(BASE32.charAt(RANDOM.nextInt(BASE32.length())));
    return name.toString();
  }
}
