"""Whole flows over ASGI, as a browser and a client see them."""

import asyncio

import pytest

from support.pages import make_place


@pytest.fixture
def place():
    """The issuer with alice and bob."""
    place = asyncio.run(make_place())
    place.add_account("alice", name="Alice Example")
    place.add_account("bob")
    return place


@pytest.fixture
def browser(place):
    return place.browser()
