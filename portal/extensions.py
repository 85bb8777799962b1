"""The Flask extensions, made once, bound to the application in ``create_app``."""

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy

from .database import Base, engine_options
from .migrations import LazyMigrate

# The models stand on their own declarative base; the extension manages their engine and session.
db = SQLAlchemy(metadata=Base.metadata, engine_options=engine_options(), session_options={"expire_on_commit": False})
migrate = LazyMigrate()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)  # each for itself while Redis is away
babel = Babel()
