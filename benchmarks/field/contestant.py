"""What every contestant can do: be installed from its registry, be set up, and serve."""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.field.provider import Provider
from benchmarks.postgresql import Cluster

REPOSITORY = Path(__file__).parent.parent.parent
UV = REPOSITORY / ".uv" / "bin" / "uv"
"""As the Makefile brings it."""

HERE = Path(__file__).parent / "contestants"


@dataclass(frozen=True)
class Home:
    """Where contestants are installed, once for many runs, and the interpreter of those in Python."""

    directory: Path
    python: str = sys.executable

    def of(self, name: str) -> Path:
        """The directory of one of them."""
        return self.directory / name

    def environment(self, name: str, *requirements: str) -> Path:
        """A virtual environment with *requirements*, arguments of ``uv pip install``: its programs."""
        environment = self.of(name) / "venv"
        made_by = environment / "made-by.txt"
        if not made_by.exists() or made_by.read_text() != self.python:
            nice("", UV, "venv", "--quiet", "--clear", "--python", self.python, environment)
            made_by.write_text(self.python)
        python = environment / "bin" / "python"
        install = ("pip", "install", "--quiet", "--compile-bytecode")
        nice("", UV, *install, "--python", python, *requirements)
        return environment / "bin"


@dataclass(frozen=True)
class Place:
    """One server's: a directory for its files, its ports, and its database if it is a PostgreSQL."""

    home: Home
    directory: Path
    port: int
    admin_port: int
    cluster: Cluster | None

    @property
    def issuer(self) -> str:
        """As an origin; some add a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Of the cluster."""
        if self.cluster is None:
            raise LookupError("this contestant was given no database")
        return self.cluster.url


@dataclass(frozen=True)
class Launch:
    """How the server is started."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


class Contestant(ABC):
    """One server in one configuration."""

    name: ClassVar[str]
    """As on the command line."""

    title: ClassVar[str]
    """As in the tables."""

    uses_postgresql: ClassVar[bool] = True
    durable: ClassVar[bool] = True
    """Whether an answer means that what it says is kept. Goals are measured against those alone."""

    cores: ClassVar[int] = 1
    """Of the two. The second is the load's too; whoever has both gets twice as many operations in flight, so
    that each worker has as many as the only one."""

    password_hash: ClassVar[str]
    """What a login costs it."""

    remarks: ClassVar[str] = ""
    """What is not as with the others."""

    warm_up: ClassVar[float] = 2
    """Seconds of load in each workload before the first round: what is compiled at run time takes longer."""

    @abstractmethod
    def install(self, home: Home) -> None:
        """From its registry; again does little."""

    @abstractmethod
    def installed(self, home: Home) -> Sequence[Path]:
        """What is on the disk because of it, without interpreter, virtual machine and database."""

    def prepare(self, place: Place) -> None:
        """Before the first start: schema, files, whatever it wants before it serves."""
        del place

    @abstractmethod
    def launch(self, place: Place) -> Launch:
        """The command that serves."""

    def configure(self, place: Place) -> None:
        """After the first start: what is done through the server itself."""
        del place

    def before(self, place: Place, workload: str) -> None:
        """What has to be set for *workload* alone."""
        del place, workload

    @abstractmethod
    def provider(self, place: Place) -> Provider:
        """What the load has to know."""

    def first_document(self, place: Place) -> str:
        """What it serves when it has started, before it is configured."""
        return self.provider(place).discovery

    def version(self, home: Home) -> str:
        """For the record."""
        del home
        return ""


def nice(cwd: Path | str, *command: object, environment: Mapping[str, str] | None = None) -> str:
    """Run a command that may take long, letting others go first: its standard output. Fails as it does."""
    done = subprocess.run(
        ["nice", *map(str, command)],
        cwd=cwd or None,
        env=None if environment is None else dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def copied(source: Path, directory: Path) -> None:
    """The files of *source* in *directory*, beside what is there."""
    shutil.copytree(source, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def call_json(
    method: str, url: str, body: object = None, *, form: bool = False, token: str | None = None
) -> Any:
    """One request of a set-up to an administrative interface. Raises `RuntimeError` with what it answered."""
    headers = {"content-type": "application/x-www-form-urlencoded" if form else "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else (str(body) if form else json.dumps(body)).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            content = response.read()
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}") from None
    return json.loads(content) if content else None


def interpreter(python: str) -> str:
    """
    The version of *python*, and whether it was built with profile-guided optimisation. A distribution does
    that by rules of its own, of which the interpreter knows nothing.
    """
    code = (
        "import platform, sys, sysconfig\n"
        "flag = '--enable-optimizations' in str(sysconfig.get_config_var('CONFIG_ARGS'))\n"
        "built = 'PGO' if flag else 'built by the distribution' if sys.base_prefix == '/usr' else 'no PGO'\n"
        "print(platform.python_implementation(), platform.python_version() + ',', built)"
    )
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
