"""`python -m local.billing --port N [--state FOLDER]`"""

from local.billing.api import make
from local.server import serve

serve(make)
