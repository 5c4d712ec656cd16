"""drills.power: what a loss of power takes is what had not been flushed, by a record made by hand."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def power(monkeypatch):
    """The module, where everything that may be lost is."""
    monkeypatch.syspath_prepend(ROOT)
    module = importlib.import_module("drills.power")
    monkeypatch.setattr(module, "_LOST", 1)
    return module


def escaped(octets):
    return "".join(f"\\x{octet:02x}" for octet in octets)


async def test_what_was_written_after_the_last_flush_is_lost(tmp_path, power):
    """And nothing before it."""
    database, trace = tmp_path / "authwright.db", tmp_path / "trace"
    recorder = power.Recorder(database, trace)
    recorder.begin()
    file = f"7<{escaped(bytes(database))}>"
    lines = (
        f'1 pwrite64({file}, "{escaped(b"sure")}", 4, 0) = 4',
        f"1 fdatasync({file}) = 0",
        f'1 pwrite64({file}, "{escaped(b"lost")}", 4, 512) = 4',
        f"1 {power._END.decode()}",
    )
    trace.write_text("\n".join(lines) + "\n")
    assert await recorder.lose_power() == (2, 1)
    assert database.read_bytes() == b"sure"
