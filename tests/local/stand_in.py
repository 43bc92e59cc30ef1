"""Plays `python -m app.cli` for tests of what starts it: the same subcommands, none of the work."""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer


class Ready(BaseHTTPRequestHandler):
    """Says 200 to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main(arguments: list[str]) -> None:
    """Do what the subcommand's name promises, as far as its starter can see."""
    match arguments:
        case ["serve"]:
            print(f"pid {os.getpid()}", flush=True)
            HTTPServer(("127.0.0.1", int(os.environ["PRASHNA_PORT"])), Ready).serve_forever()
        case ["worker", "--queue", _]:
            print(f"pid {os.getpid()}", flush=True)
            time.sleep(300)
        case ["token", "--user", user]:
            print(f"{user}.token.signature")
        case ["ask", question]:
            print(f"You asked: {question}")
        case ["ingest", "apply", _, "--domain", domain, "--message", message]:
            print(f"{domain}: {message}")
        case _:
            raise SystemExit(2)


main(sys.argv[1:])
