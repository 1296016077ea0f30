"""`python -m local.storage --port N [--state FOLDER]`."""

from local.server import serve
from local.storage.api import make

serve(make)
