package io.tidegate.edge;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// Aborts, with TLS between visitors, edge and agents.
@Tag("long")
@ExtendWith(OverTls.class)
final class AbortsOverTlsSystemTest extends AbortsSystemTest {}
