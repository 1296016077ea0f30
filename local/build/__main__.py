"""`python -m local.build --port N --storage URL --compute URL [--state FOLDER] [--terraform COMMAND]`."""

import argparse
import logging
import sys
from functools import partial

from local.build.api import make
from local.server import serve

parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--storage", required=True, help="where Cloud Storage listens")
parser.add_argument("--compute", required=True, help="where Compute Engine listens")
parser.add_argument("--terraform", help="the command that stands for terraform, instead of the one on the PATH")
options, others = parser.parse_known_args()
sys.argv[1:] = others  # what every emulator understands is read by serve
logging.basicConfig(level=logging.WARNING, format="%(message)s")
logging.getLogger("local.build").setLevel(logging.INFO)  # every build's log, as it is kept in its bucket
serve(partial(make, storage=options.storage, compute=options.compute, terraform=options.terraform))
