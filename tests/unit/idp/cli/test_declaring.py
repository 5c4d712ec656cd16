"""authwright.idp.cli.declaring: what is to be written instead can be written on that command line."""

import re

import click
import pytest

from authwright.idp.cli.command_line import authwright
from support.cli import in_process


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A server with one client and one person."""
    directory = tmp_path_factory.mktemp("declaring")
    for arguments in (
        ("init", "--issuer", "https://id.example.com"),
        ("client", "add", "shop", "--redirect-uri", "https://shop.example.com/callback"),
        ("user", "add", "alice", "--link"),
    ):
        assert in_process(*arguments, cwd=directory).code == 0
    return directory


def options_of(group, name):
    found = authwright.get_command(click.Context(authwright), group)
    return {option for parameter in found.commands[name].params for option in parameter.opts}


@pytest.mark.parametrize(
    "arguments",
    [
        ("client", "add", "m", "--machine", "--redirect-uri", "https://x.example/"),
        ("client", "add", "m", "--machine", "--public"),
        ("client", "add", "m"),
        ("client", "add", "a b", "--redirect-uri", "https://x.example/"),
        ("client", "add", "m", "--redirect-uri", "https://x.example/", "--scope", 'a"'),
        ("client", "change", "shop", "--remove-redirect-uri", "https://shop.example.com/callback"),
        ("client", "change", "shop", "--add-redirect-uri", "http://x.example/"),
        ("user", "add", "a b", "--link"),
        ("user", "add", "x", "--link", "--role", "a b"),
        ("user", "change", "alice", "--add-role", "a b"),
        ("user", "change", "alice", "--email", ""),
    ],
    ids=" ".join,
)
def test_the_options_to_write_are_options_of_the_command(place, arguments):
    """An option that is not there would be the second error about the first."""
    done = in_process(*arguments, cwd=place)
    assert done.code == 2, done.err
    write = done.err.partition("  write  ")[2]
    assert write
    named = set(re.findall(r"--[a-z-]+", write))
    assert named <= options_of(*arguments[:2])
    assert write.count("[") == write.count("]")


def test_a_redirect_uri_that_is_not_there_cannot_be_removed(place):
    """It is compared byte for byte: whoever left out a slash must not believe that it is gone."""
    done = in_process(
        "client", "change", "shop", "--remove-redirect-uri", "https://shop.example.com/callback/", cwd=place
    )
    assert done.code == 1
    assert "AW404" in done.err
    assert "the nearest is https://shop.example.com/callback\n" in done.err


@pytest.mark.parametrize(
    "arguments", [("client", "delete", "shop"), ("user", "delete", "alice")], ids=" ".join
)
def test_where_nobody_can_answer_the_option_is_named(place, arguments):
    """In a script: it deletes nothing, and says how it would."""
    done = in_process(*arguments, cwd=place)
    assert done.code == 2
    assert "--yes" in done.err
    assert in_process(arguments[0], "show", arguments[2], cwd=place).code == 0
    assert in_process(*arguments, cwd=place, input="n\n").code == 130
