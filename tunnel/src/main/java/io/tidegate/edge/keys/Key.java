package io.tidegate.edge.keys;

import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// A customer of the edge: who may open links, which names it may claim, and how much it may hold.
///
/// The token itself is nowhere in it, only its hash. The limits bind the key as a whole, whatever
/// the number of its sessions.
///
/// @param name how logs and the census call it: 1 to 63 of `a-z A-Z 0-9 . _ -`, beginning with a
///   letter or digit
/// @param sha256 the SHA-256 of the token's characters, 64 lower-case hex digits
/// @param names which tunnel names it may claim: 1 to 64 globs, in which `*` stands for any run of
///   characters
/// @param tunnels names it may hold at once, 1 to 1,024; the next claim is refused
/// @param links links of one session, 1 to 64; the next is refused
/// @param sharePercent the most that all its tunnels together may hold of the direct purse, 1 to
///   100 percent
public record Key(
    String name, String sha256, List<String> names, int tunnels, int links, int sharePercent) {
  /// Names that a glob with a `*` never covers: they are granted only where the key spells them
  /// out.
  public static final Set<String> RESERVED =
      Set.of("www", "api", "admin", "mail", "edge", "status", "link");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern GLOB = Pattern.compile("[a-z0-9*-]{1,63}");

  /// @throws IllegalArgumentException if a part is outside the bounds that its parameter states
  public Key {
    require(NAME.matcher(name).matches(), "a key's name is 1 to 63 of a-z A-Z 0-9 . _ -: ", name);
    require(SHA256.matcher(sha256).matches(), "a token's SHA-256 is 64 hex digits: ", sha256);
    require(!names.isEmpty() && names.size() <= 64, "not 1 to 64 globs in names: ", names.size());
    for (var glob : names) {
      require(GLOB.matcher(glob).matches(), "a glob in names is 1 to 63 of a-z 0-9 - *: ", glob);
    }
    require(tunnels >= 1 && tunnels <= 1_024, "tunnels not in 1..1024: ", tunnels);
    require(links >= 1 && links <= 64, "links not in 1..64: ", links);
    require(sharePercent >= 1 && sharePercent <= 100, "share not in 1%..100%: ", sharePercent);
    names = List.copyOf(names);
  }

  /// Returns a key with the limits of a line that names none: any unreserved name, 8 tunnels, 4
  /// links, half the purse.
  public static Key of(String name, String sha256) {
    return new Key(name, sha256, List.of("*"), 8, 4, 50);
  }

  /// Tells whether this key may claim the tunnel name `wanted`. Whether `wanted` is a well-formed
  /// name is not asked here.
  public boolean allows(String wanted) {
    return RESERVED.contains(wanted)
        ? names.contains(wanted)
        : names.stream().anyMatch(glob -> matches(glob, wanted));
  }

  /// Returns the line that says this in a token file.
  public String line() {
    return name
        + " "
        + sha256
        + (names.equals(List.of("*")) ? "" : " names=" + String.join(",", names))
        + (tunnels == 8 ? "" : " tunnels=" + tunnels)
        + (links == 4 ? "" : " links=" + links)
        + (sharePercent == 50 ? "" : " share=" + sharePercent + "%");
  }

  byte[] hash() {
    return HexFormat.of().parseHex(sha256);
  }

  /// Goes back to the last star only, so a hostile glob costs at most glob times name steps.
  private static boolean matches(String glob, String name) {
    var g = 0;
    var star = -1;
    var afterStar = 0;
    for (var n = 0; n < name.length(); ) {
      if (g < glob.length() && glob.charAt(g) == '*') {
        star = g++;
        afterStar = n;
      } else if (g < glob.length() && glob.charAt(g) == name.charAt(n)) {
        g++;
        n++;
      } else if (star >= 0) {
        g = star + 1;
        n = ++afterStar;
      } else {
        return false;
      }
    }
    return glob.substring(g).chars().allMatch(c -> c == '*');
  }

  private static void require(boolean holds, String otherwise, Object got) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise + got);
    }
  }
}
