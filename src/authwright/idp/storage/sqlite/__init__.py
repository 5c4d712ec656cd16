"""Storage in one SQLite file: for one machine, and as many processes on it as one likes."""

from .storage import SqliteStorage

__all__ = ["SqliteStorage"]
