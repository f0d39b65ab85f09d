package io.tidegate.edge;

import org.junit.jupiter.api.extension.ExtendWith;

/// Stalled visitors, with TLS between visitors, edge and agents.
@ExtendWith(OverTls.class)
final class StalledVisitorsOverTlsSystemTest extends StalledVisitorsSystemTest {}
