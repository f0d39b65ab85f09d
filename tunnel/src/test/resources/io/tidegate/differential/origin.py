# Answers every whole request with 200: `origin.py PORT NOTES`. Python's http.server leaves bodies to whoever uses it.
import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler

PORT, NOTES = int(sys.argv[1]), sys.argv[2]
SEEN = open(NOTES, "a", buffering=1)
FAULTS = open(os.path.join(os.path.dirname(NOTES), "faults.log"), "a", buffering=1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self):
        whole = False
        try:
            whole = self.read_body()
        except ValueError as fault:
            FAULTS.write("%s\n" % fault)
        finally:
            who = self.headers.get("X-Forwarded-For", "-")
            SEEN.write("%s %s %s %s\n" % (who, self.command, self.path, "whole" if whole else "part"))
        if not whole:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def read_body(self):
        length = self.headers.get("Content-Length")
        if length is not None:
            return len(self.rfile.read(int(length))) == int(length)
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return True
        while True:
            line = self.rfile.readline()
            if not line.endswith(b"\r\n"):
                return False
            size = int(line[:-2], 16)
            if size == 0:
                return self.read_trailers()
            if len(self.rfile.read(size + 2)) < size + 2:
                return False

    def read_trailers(self):
        while True:
            line = self.rfile.readline()
            if not line.endswith(b"\n"):
                return False
            if line == b"\r\n":
                return True

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = serve

    def send_error(self, code, message=None, explain=None):
        FAULTS.write("%d %s\n" % (code, message))
        super().send_error(code, message, explain)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256


Server(("127.0.0.1", PORT), Handler).serve_forever()
