package io.tidegate.demo;

/// A target's path, and numbers of its query.
record Query(String path, String rest) {
  static Query of(String target) {
    int mark = target.indexOf('?');
    return mark < 0
        ? new Query(target, "")
        : new Query(target.substring(0, mark), target.substring(mark + 1));
  }

  /// The number that `name` is given, kept within 0 and `most`; `otherwise` if there is none.
  long number(String name, long most, long otherwise) {
    for (var pair : rest.split("&", 16)) {
      if (pair.startsWith(name + "=") && pair.matches("[a-z]+=[0-9]{1,15}"))
        return Math.min(most, Long.parseLong(pair.substring(name.length() + 1)));
    }
    return otherwise;
  }
}
