package io.tidegate.edge;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The tunnel, with TLS between visitors, edge and agents. What takes longest and is no other for
/// TLS is left to the long run.
@ExtendWith(OverTls.class)
final class TunnelOverTlsSystemTest extends TunnelSystemTest {
  @Test
  @Tag("long")
  @Override
  void aThousandRequestsOnOneConnectionAreAnsweredInOrder() throws IOException {
    super.aThousandRequestsOnOneConnectionAreAnsweredInOrder();
  }

  @Test
  @Tag("long")
  @Override
  void theAgentHearsOfEveryRequest() throws IOException {
    super.theAgentHearsOfEveryRequest();
  }

  @Test
  @Tag("long")
  @Override
  void linksAreReplacedWhenTheirTimeIsUpAndNoRequestNoticesIt() throws IOException {
    super.linksAreReplacedWhenTheirTimeIsUpAndNoRequestNoticesIt();
  }

  @Test
  @Tag("long")
  @Override
  void aTunnelServesEveryoneFromTheMomentItIsUp() throws IOException {
    super.aTunnelServesEveryoneFromTheMomentItIsUp();
  }
}
