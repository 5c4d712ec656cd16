"""Debian's nginx as a reverse proxy, with the configuration that the documentation recommends."""

import contextlib
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .absent import absent
from .certificate import make_certificate

RECIPE = Path(__file__).parents[2] / "docs/operations/examples/nginx.conf"
AROUND = """
daemon off;
pid {directory}/pid;
error_log {directory}/error.log;
worker_processes 1;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{recipe}
}}
"""


def nginx() -> str:
    """Where it is."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    return found or absent("nginx is not installed (Debian: apt-get install nginx)")


def configuration(directory: Path, port: int, nodes: Sequence[int], *, appends: bool) -> str:
    """
    The recipe for *port* and *nodes* on this machine.

    *appends*: it leaves in X-Forwarded-For what the caller wrote, as many other recipes do.
    """
    recipe = RECIPE.read_text(encoding="utf-8")
    for wanted, here in (
        ("server 10.0.0.11:9000;", " ".join(f"server 127.0.0.1:{node};" for node in nodes)),
        ("server 10.0.0.12:9000;", ""),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("server_name id.example.com;", "server_name localhost;"),
        ("/etc/ssl/id.example.com.pem", f"{directory}/certificate.pem"),
        ("/etc/ssl/id.example.com.key", f"{directory}/key.pem"),
        ("proxy_set_header   Host $host;", "proxy_set_header   Host $host:$server_port;"),
    ):
        assert wanted in recipe, wanted
        recipe = recipe.replace(wanted, here)
    if appends:
        overwriting = "X-Forwarded-For $remote_addr;"
        assert overwriting in recipe
        recipe = recipe.replace(overwriting, "X-Forwarded-For $proxy_add_x_forwarded_for;")
    user = "user root;" if os.geteuid() == 0 else ""
    return AROUND.format(directory=directory, user=user, recipe=recipe)


@contextlib.contextmanager
def running_nginx(
    directory: Path, port: int, nodes: Sequence[int], *, appends: bool = False
) -> Iterator[ssl.SSLContext]:
    """nginx on loopback until the block ends. What trusts its certificate, which is for ``localhost``."""
    certificate = make_certificate(directory, "localhost").certificate
    config = directory / "nginx.conf"
    config.write_text(configuration(directory, port, nodes, appends=appends))
    process = subprocess.Popen(
        [nginx(), "-c", str(config), "-p", str(directory), "-e", str(directory / "error.log")],
        stdin=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while not (directory / "pid").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((directory / "error.log").read_text())
            threading.Event().wait(0.02)
        yield ssl.create_default_context(cafile=certificate)
    finally:
        process.terminate()
        process.wait(20)
