"""`python -m local.compute --port N [--state FOLDER] [--latency SECONDS]`"""

import argparse
import sys
from functools import partial

from local.compute import make_app
from local.server import serve

parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--latency", type=float, default=1.0)
options, others = parser.parse_known_args()
sys.argv[1:] = others  # what every emulator understands is read by serve
serve(partial(make_app, latency=options.latency))
