"""Storage in PostgreSQL: for as many nodes as one likes, each with a connection to read and one to write."""

from .storage import PostgresqlStorage

__all__ = ["PostgresqlStorage"]
