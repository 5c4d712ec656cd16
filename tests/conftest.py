"""Fixtures for every kind of test."""

import asyncio
import inspect

import pytest

from support.postgresql import running_cluster


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a coroutine test in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True


def pytest_make_parametrize_id(config, val, argname):
    """Long values get a plain name: workers must collect the same ids, and a fresh secret differs in each."""
    if isinstance(val, str | bytes) and len(val) > 32:
        return argname
    if isinstance(val, int) and val.bit_length() > 64:
        return argname
    return None


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL of this test process. Nothing in it outlives a crash."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgresql_shared_database(postgresql):
    """The name of the one that `postgresql_database` hands out."""
    return postgresql.new_database(postgresql.migrated_template())


@pytest.fixture
def postgresql_database(postgresql, postgresql_shared_database):
    """The URL of a database that has the schema and no data."""
    yield postgresql.url(postgresql_shared_database)
    postgresql.clean(postgresql_shared_database)
