"""A part for tests of the supervisor: `python -m tests.embedded.standin PORT` answers /readyz with its environment."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Standin(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """No log."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Standin).serve_forever()
