"""The demo, once for each module, and somebody who reads it."""

import pytest

from support.demo import Reader, demo_in_a_thread


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with demo_in_a_thread(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def reader(demo):
    with Reader(demo) as reader:
        yield reader
