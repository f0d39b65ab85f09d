# Sourced by ./tidegate and ./check: finds the JDK 25 and the Maven that build and run Tidegate.
# POSIX sh; looks at files only, so that it costs a few milliseconds and starts no JVM.

# Prints the home of a JDK 25, the first of: JAVA_HOME, `java` on PATH, the places where installers put one.
find_jdk() {
  if is_jdk_25 "${JAVA_HOME:-}"; then
    printf '%s\n' "$JAVA_HOME"
    return
  fi
  java_on_path=$(command -v java) && java_on_path=$(readlink -f "$java_on_path" 2>/dev/null) &&
    set -- "${java_on_path%/bin/java}" || set --
  for home in "$@" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.jdks/*/Contents/Home; do
    if is_jdk_25 "$home"; then
      printf '%s\n' "$home"
      return
    fi
  done
  return 1
}

# The compiler is asked for too: a runtime alone cannot build.
is_jdk_25() {
  [ -n "$1" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=\"25\"* | JAVA_VERSION=\"25.*) return 0 ;;
    esac
  done <"$1/release"
  return 1
}

how_to_get_a_jdk() {
  printf '%s: no JDK 25 found. Get one with: %s\n' "$1" \
    'apt install temurin-25-jdk (adoptium.net) | brew install openjdk@25 | sdk install java 25-tem | winget install EclipseAdoptium.Temurin.25.JDK; or set JAVA_HOME'
}

# Prints the path of a Maven 3.8.7 or newer. Starts Maven once, so it is asked only before a build.
find_maven() {
  maven=$(command -v mvn) || return 1
  version=$("$maven" -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9][0-9]*\)\.\([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2 \3/p')
  # shellcheck disable=SC2086 # three numbers on purpose
  set -- ${version:-0 0 0}
  [ $(($1 * 1000000 + $2 * 1000 + $3)) -ge 3008007 ] && printf '%s\n' "$maven"
}

how_to_get_maven() {
  printf '%s: no Maven 3.8.7 or newer found. Get one with: %s\n' "$1" \
    'apt install maven | brew install maven | sdk install maven | winget install Apache.Maven'
}
