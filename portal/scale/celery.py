"""Where ``celery --app portal.scale`` looks for the application."""

import sys

from ..config import BadSettings, load
from . import create_celery

try:
    app = create_celery(load())
except BadSettings as bad:
    sys.exit(f"The portal does not start:\n{bad}")
