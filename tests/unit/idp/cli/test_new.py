"""authwright.idp.cli.new: files that work, and nothing overwritten."""

import pytest

from authwright.idp.cli.command_line import run


def test_it_writes_the_application_and_its_tests(tmp_path):
    """Both files, readable by everybody: there is no secret in them."""
    assert run(["new", "fastapi", str(tmp_path / "api")]) == 0
    assert {path.name for path in (tmp_path / "api").iterdir()} == {"app.py", "test_app.py"}
    assert (tmp_path / "api" / "app.py").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["app.py", "test_app.py"])
def test_it_overwrites_nothing(tmp_path, name, capsys):
    """Not even the other file is written then."""
    (tmp_path / name).write_text("mine")
    assert run(["new", "fastapi", str(tmp_path)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"
    assert "AW403" in capsys.readouterr().err
