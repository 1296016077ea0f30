"""`python -m local.monitoring --port N [--state FOLDER] --compute URL`."""

import argparse
import sys
from functools import partial

from local.monitoring.api import make
from local.server import serve

parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--compute", required=True)
options, others = parser.parse_known_args()
sys.argv[1:] = others  # what every emulator understands is read by serve
serve(partial(make, compute=options.compute))
