"""
Connections as the channels need them: bounded in time, and the same whatever the role's defaults are.

What an operator can say in the URL is libpq's (PostgreSQL documentation, 34.1.2); what has to hold for the
server to be safe and never to hang is set here.
"""

import asyncio
from typing import Any, Final

import psycopg

from .address import Address

_PATIENCE: Final = 8.0
"""Seconds for all of it, however many hosts are tried."""

# Milliseconds. Every statement here finds its rows by index; one that takes seconds waits for something.
_SESSION: Final = """
    SET statement_timeout = 5000;
    SET lock_timeout = 2000;
    SET idle_in_transaction_session_timeout = 10000;
    SET default_transaction_isolation = 'read committed';
    SET bytea_output = 'hex';
    SET jit = off;
"""

# The level that the operator chose is kept for the barriers. "off" is not durable, and we promise durable.
_WRITING: Final = """
    SELECT set_config(
        'authwright.durability',
        CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
        ELSE current_setting('synchronous_commit') END,
        false
    );
    SET synchronous_commit = off;
"""


async def open_reader(address: Address) -> "psycopg.AsyncConnection[Any]":
    """A connection for reads. Raises `psycopg.Error`, `TimeoutError`."""
    return await _open(address, _SESSION)


async def open_writer(address: Address) -> "psycopg.AsyncConnection[Any]":
    """A connection for pieces and barriers. Raises as `open_reader`."""
    return await _open(address, _SESSION + _WRITING)


async def _open(address: Address, session: str) -> "psycopg.AsyncConnection[Any]":
    async with asyncio.timeout(_PATIENCE):
        connection = await psycopg.AsyncConnection.connect(address.conninfo(), autocommit=True)
        try:
            # A constant text without parameters, which may hold several statements.
            await connection.execute(session.encode())
        except BaseException:
            connection.pgconn.finish()
            raise
    return connection
