package io.tidegate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What users can compile against: `docs/api.txt` is written from the classes, and a change of it
/// is seen by whoever reviews. `-Dapi.write=true` writes it anew.
class PublicApiTest {
  private static final Path GOLDEN = Path.of("..", "docs", "api.txt");
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final ClassLoader LOADER = PublicApiTest.class.getClassLoader();
  private static final Pattern EXPORTS = Pattern.compile("exports ([\\w.]+);");
  private static final Pattern PACKAGES = Pattern.compile("\\b(?:[a-z][\\w]*\\.)+(?=[A-Z])");

  @Test
  void thePublishedApiIsWhatTheGoldenFileSays() throws Exception {
    var api = String.join("\n", describeAll()) + "\n";
    if (Boolean.getBoolean("api.write")) Files.writeString(GOLDEN, api);

    assertThat(api).isEqualTo(Files.readString(GOLDEN));
  }

  private static List<String> describeAll() throws IOException, ClassNotFoundException {
    var lines = new ArrayList<String>();
    var exports = EXPORTS.matcher(Files.readString(SOURCES.resolve("module-info.java")));
    while (exports.find()) {
      lines.add("package " + exports.group(1));
      for (var name : classesOf(exports.group(1)))
        describe(Class.forName(exports.group(1) + "." + name, false, LOADER), lines);
    }
    return lines;
  }

  private static List<String> classesOf(String packageName) throws IOException {
    var folder = SOURCES.resolve(packageName.replace('.', '/'));
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java") && !name.contains("-"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .sorted()
          .toList();
    }
  }

  private static void describe(Class<?> type, List<String> lines) {
    if (!isPublished(type.getModifiers())) return;
    lines.add("  " + plain(type.toGenericString()));
    var members = new TreeSet<String>();
    Stream.of(type.getDeclaredFields(), type.getDeclaredConstructors(), type.getDeclaredMethods())
        .flatMap(Arrays::stream)
        .filter(member -> isPublished(member.getModifiers()) && !member.isSynthetic())
        .forEach(member -> members.add("    " + plain(text(member))));
    lines.addAll(members);
    for (var nested : sorted(type.getDeclaredClasses())) describe(nested, lines);
  }

  private static List<Class<?>> sorted(Class<?>[] types) {
    return Arrays.stream(types).sorted((a, b) -> a.getName().compareTo(b.getName())).toList();
  }

  private static boolean isPublished(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static String text(Member member) {
    return switch (member) {
      case Field field -> field.toGenericString();
      case Constructor<?> constructor -> constructor.toGenericString();
      case Method method -> method.toGenericString();
      default -> throw new AssertionError(member);
    };
  }

  private static String plain(String text) {
    return PACKAGES.matcher(text).replaceAll("").replace("public ", "");
  }
}
