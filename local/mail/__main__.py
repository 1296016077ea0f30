"""`python -m local.mail --port N [--state FOLDER]`."""

import argparse

from local.mail.app import make
from local.server import serve


def _smtp_port() -> int:
    """The neighbour of the port that `serve` will listen on."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_known_args()[0].port
    return port + 1


if __name__ == "__main__":
    serve(lambda folder: make(folder, _smtp_port()))
