"""authwright.idp.cli.init: what it says to write next works where it is written."""

import re
import shlex

import pytest

from authwright.idp.cli import init
from support.cli import in_process

ISSUER = ("--issuer", "https://id.example.com")


@pytest.mark.parametrize("directory", [(), ("elsewhere",)], ids=["here", "in another directory"])
def test_every_command_that_it_names_finds_the_settings(tmp_path, directory):
    """A line that was copied from the screen must not end in "there is no issuer"."""
    done = in_process("init", *ISSUER, *directory, cwd=tmp_path)
    assert done.code == 0, done.err
    recover = re.search(r"authwright (admin recover.*?)(?:   |$)", done.out, re.MULTILINE)
    assert in_process(*shlex.split(recover[1]), cwd=tmp_path).code == 0
    apply = re.search(r"authwright (apply.*?)(?:   |$)", done.out, re.MULTILINE)
    (tmp_path / "FILE").write_text("")
    assert in_process(*shlex.split(apply[1]), cwd=tmp_path).code == 0
    again = in_process("init", *ISSUER, *directory, cwd=tmp_path)
    assert again.code == 1
    serve = re.search(r"authwright (serve.*?)  ", again.err)
    assert serve[1].split()[1:] == (["--config", "elsewhere/authwright.toml"] if directory else [])


def test_nothing_stays_of_an_init_that_was_interrupted(tmp_path, monkeypatch):
    """Ctrl-C at its end: a database that stayed would have signing keys that no key opens any more."""

    def interrupted(settings, work):
        finished(settings, work)
        raise KeyboardInterrupt

    finished = init.run_with
    monkeypatch.setattr(init, "run_with", interrupted)
    assert in_process("init", *ISSUER, "new/server", cwd=tmp_path).code == 130
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_it_made_goes_with_it(tmp_path):
    """And one that was there stays."""
    arguments = ("init", *ISSUER, "--database-url", "mysql://x/y")
    (tmp_path / "kept").mkdir()
    assert in_process(*arguments, "made", cwd=tmp_path).code == 2
    assert in_process(*arguments, "kept", cwd=tmp_path).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
