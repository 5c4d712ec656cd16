"""
What users of the package write is checked as they check it: by mypy and pyright, strictly.

ARCHITECTURE, "Types": the public API has a typing test. `public_api` is that test; here it is run.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from support.absent import absent

ROOT = Path(__file__).parents[2]
PUBLIC_API = "tests/typing/public_api.py"


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy(tmp_path):
    """Strict, by the settings of pyproject.toml; an ``ignore`` that hides nothing is an error."""
    run(sys.executable, "-m", "mypy", f"--cache-dir={tmp_path}", PUBLIC_API)


def test_pyright():
    """Strict, by the comment at the top of the file."""
    run(sys.executable, "-m", "pyright", "--pythonpath", sys.executable, PUBLIC_API)


def test_the_types_are_in_the_wheel(tmp_path):
    """PEP 561: without ``py.typed`` in the package, type checkers take everything of it for Any."""
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    if not Path(uv).exists():
        absent("there is no uv; `make` installs it")
    run(uv, "build", "--offline", "--wheel", "--quiet", "--out-dir", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "authwright/py.typed" in names
    # What is read at run time and is no module: the schemas, the pages, what `new` writes.
    for suffix in (".sql", ".html", ".css", ".svg", ".toml", ".txt"):
        here = {
            path.relative_to(ROOT / "src").as_posix()
            for path in (ROOT / "src").rglob(f"*{suffix}")
            if "__pycache__" not in path.parts
        }
        assert here <= set(names), suffix
