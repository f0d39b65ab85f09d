package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class AddressCountTest {
  private final AddressCount count = new AddressCount(2);

  private static InetAddress at(String address) throws UnknownHostException {
    return InetAddress.getByName(address);
  }

  @Test
  void anAddressHasItsShareAndGetsItBack() throws Exception {
    assertThat(count.enter(at("192.0.2.1"))).isTrue();
    assertThat(count.enter(at("192.0.2.1"))).isTrue();
    assertThat(count.enter(at("192.0.2.1"))).isFalse();
    assertThat(count.enter(at("192.0.2.2"))).isTrue();

    count.leave(at("192.0.2.1"));

    assertThat(count.enter(at("192.0.2.1"))).isTrue();
    assertThat(count.enter(at("192.0.2.1"))).isFalse();
  }

  @Test
  void aSubnetOfIpv6IsOneAddress() throws Exception {
    assertThat(count.enter(at("2001:db8::1"))).isTrue();
    assertThat(count.enter(at("2001:db8::ffff:2"))).isTrue();

    assertThat(count.enter(at("2001:db8:0:0:1::3"))).isFalse();
    assertThat(count.enter(at("2001:db8:0:1::3"))).isTrue();
  }

  @Test
  void loopbackIsNotCounted() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(count.enter(at("127.0.0.9"))).isTrue();
      assertThat(count.enter(at("::1"))).isTrue();
    }
    count.leave(at("127.0.0.9"));
  }
}
