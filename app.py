"""The WSGI application, nothing else."""

import sys

from portal import create_app
from portal.config import BadSettings

try:
    app = create_app()
except BadSettings as bad:
    sys.exit(f"The portal does not start:\n{bad}")
