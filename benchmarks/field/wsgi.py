"""WSGI applications from the package index, each in an environment of its own, behind gunicorn."""

import json
import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.field.contestant import HERE, Contestant, Home, Launch, Place, nice
from benchmarks.field.provider import ACCESS_TOKEN_SECONDS, PASSWORD, PEOPLE, REDIRECT_URI, SECRET

WORKERS, THREADS = 2, 8
"""On one core, for 16 connections that are kept: while one waits for the database the other works."""


class WsgiApplication(Contestant):
    """A folder with ``requirements.txt``, an application, and a program that sets its database up."""

    folder: ClassVar[str]
    application: ClassVar[str]
    set_up: ClassVar[str]
    distributions: ClassVar[Sequence[tuple[str, str]]]
    """The name in the record, and that of the distribution whose version stands after it."""

    environment: ClassVar[Sequence[tuple[str, str]]] = ()

    @abstractmethod
    def configuration(self, place: Place) -> dict[str, Any]:
        """What the application has to know beside what all are told."""

    def install(self, home: Home) -> None:
        home.environment(self.name, "-r", str(HERE / self.folder / "requirements.txt"))

    def installed(self, home: Home) -> Sequence[Path]:
        return (home.of(self.name) / "venv",)

    def prepare(self, place: Place) -> None:
        document = {
            "issuer": place.issuer,
            "accessTokenSeconds": ACCESS_TOKEN_SECONDS,
            "secret": SECRET,
            "clientSecret": SECRET,
            "redirectUri": REDIRECT_URI,
            "people": PEOPLE,
            "password": PASSWORD,
            **self.configuration(place),
        }
        _configuration(place).write_text(json.dumps(document))
        python = self._programs(place.home) / "python"
        nice(HERE / self.folder, python, self.set_up, environment={**os.environ, **self._environment(place)})

    def launch(self, place: Place) -> Launch:
        command = (
            str(self._programs(place.home) / "gunicorn"),
            f"--bind=127.0.0.1:{place.port}",
            f"--workers={WORKERS}",
            "--worker-class=gthread",  # synchronous workers do not keep connections
            f"--threads={THREADS}",
            "--keep-alive=75",
            "--worker-tmp-dir=/dev/shm",
            "--log-level=warning",
            "--no-control-socket",
            self.application,
        )
        return Launch(command, self._environment(place), HERE / self.folder)

    def version(self, home: Home) -> str:
        code = "import importlib.metadata, sys; print(*map(importlib.metadata.version, sys.argv[1:]))"
        names, distributions = zip(*self.distributions, strict=True)
        versions = nice("", self._programs(home) / "python", "-c", code, *distributions).split()
        return ", ".join(f"{name} {version}".strip() for name, version in zip(names, versions, strict=True))

    def _programs(self, home: Home) -> Path:
        return home.of(self.name) / "venv" / "bin"

    def _environment(self, place: Place) -> dict[str, str]:
        own = {"CONFIGURATION": str(_configuration(place)), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**own, **dict(self.environment)}


def _configuration(place: Place) -> Path:
    return place.directory / "configuration.json"
