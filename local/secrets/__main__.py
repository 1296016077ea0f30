"""`python -m local.secrets --port N [--state FOLDER]`."""

import os

from local.secrets.api import make
from local.server import serve

os.umask(0o077)  # what this process writes holds payloads: nobody else reads it
serve(make)
