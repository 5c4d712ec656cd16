"""Fixtures for every kind of test."""

import asyncio
import inspect

import pytest
from hypothesis import settings

from support import storages
from support.postgresql import running_cluster

# How long an example takes says something of the machine and of what else it does, and nothing of us.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


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


def pytest_collection_modifyitems(items):
    """Chromium dies now and then under load, which says nothing of a page: once more then, and only then."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TargetClosedError"]))


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


def pytest_addoption(parser):
    parser.addoption(
        "--storage",
        choices=("memory", "postgresql"),
        help="the storage of every test's provider; without it, whole flows are tried on both",
    )


# Whole flows, whose providers are built by `support`.
_ON_EVERY_STORAGE = (
    "test_any_request",
    "test_client_against_server",
    "test_isolation_and_races",
    "test_oidcc_basic_certification",
    "test_pages_",
)


def pytest_generate_tests(metafunc):
    """Flows are tried on every storage."""
    chosen = metafunc.config.getoption("--storage")
    name = metafunc.module.__name__.rpartition(".")[2]
    if chosen or name.startswith(_ON_EVERY_STORAGE):
        metafunc.fixturenames.insert(0, "provider_storage")
        kinds = (chosen,) if chosen else ("memory", "postgresql")
        metafunc.parametrize("provider_storage", kinds, indirect=True)


@pytest.fixture(scope="session")
def _on_postgresql(postgresql):
    return storages.OnPostgresql(postgresql)


@pytest.fixture
def provider_storage(request):
    """What the providers of this test are built on. Set up before the other fixtures of a test."""
    if request.param == "memory":
        yield
        return
    with storages.chosen(request.getfixturevalue("_on_postgresql")):
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_loop():
    yield
    storages.end()
