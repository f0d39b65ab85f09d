package io.tidegate.edge;

import org.junit.jupiter.api.extension.ExtendWith;

/// Aborts, with TLS between visitors, edge and agents.
@ExtendWith(OverTls.class)
final class AbortsOverTlsSystemTest extends AbortsSystemTest {}
