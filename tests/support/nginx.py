"""Debian's nginx as a reverse proxy, with the configuration that the documentation recommends."""

import contextlib
import datetime as dt
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .absent import absent

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
    tls = _make_certificate(directory)
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
        yield tls
    finally:
        process.terminate()
        process.wait(20)


def _make_certificate(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return ssl.create_default_context(cafile=directory / "certificate.pem")
