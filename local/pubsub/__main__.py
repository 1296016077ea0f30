"""`python -m local.pubsub --port N [--state FOLDER]`."""

from local.pubsub.app import make
from local.server import serve

if __name__ == "__main__":
    serve(make)
