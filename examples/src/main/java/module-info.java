/// Small programs that stand on the library: as they are in the README.
@org.jspecify.annotations.NullMarked
module io.tidegate.examples {
  requires static org.jspecify;
  requires io.tidegate;
}
