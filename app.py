"""The WSGI application, nothing else."""

import gc
import sys

gc.disable()  # what is imported stays; looking through it for garbage would take a tenth of the start

from portal import create_app  # noqa: E402
from portal.config import BadSettings  # noqa: E402

try:
    app = create_app()
except BadSettings as bad:
    sys.exit(f"The portal does not start:\n{bad}")

gc.freeze()  # nor is it looked through while requests are served
gc.enable()
