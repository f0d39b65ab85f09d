# Runs Autobahn's wstest, which is Python 2: `autobahn.py DIRECTORY MODE SPEC`, DIRECTORY being its unpacked jar.
import sys

directory, mode, spec = sys.argv[1:4]
sys.path.insert(0, directory)
sys.argv = ["wstest", "-m", mode, "-s", spec]

from autobahntestsuite import wstest
from twisted.internet import reactor

# it would listen on every interface, and offers no choice
listen = reactor.listenTCP


def listen_at_loopback(port, factory, *_, **__):
    at = listen(port, factory, 50, "127.0.0.1")
    print("listening at %d" % at.getHost().port)
    sys.stdout.flush()
    return at


reactor.listenTCP = listen_at_loopback
wstest.run()
