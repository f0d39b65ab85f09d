package io.tidegate.edge;

import org.junit.jupiter.api.extension.ExtendWith;

/// The tunnel, with TLS between visitors, edge and agents.
@ExtendWith(OverTls.class)
final class TunnelOverTlsSystemTest extends TunnelSystemTest {}
