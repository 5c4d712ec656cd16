"""The recipes of docs/operations are files that their programs accept, and links lead somewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.absent import absent
from support.certificate import make_certificate

ROOT = Path(__file__).parents[3]
OPERATIONS = ROOT / "docs" / "operations"
EXAMPLES = OPERATIONS / "examples"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")],
    key=lambda path: path.as_posix(),
)


def accepted(*command):
    """What *command* says once it has succeeded."""
    program = shutil.which(command[0]) or shutil.which(command[0], path="/usr/sbin:/sbin")
    if program is None:
        absent(f"{command[0]} is not installed (Debian: apt-get install {command[0]})")
    done = subprocess.run(
        [program, *command[1:]], capture_output=True, text=True, timeout=60, check=False, cwd="/tmp"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def certificate(tmp_path):
    """A certificate and its key, in one file."""
    made = make_certificate(tmp_path, "id.example.com")
    both = tmp_path / "both.pem"
    both.write_bytes(made.certificate.read_bytes() + made.key.read_bytes())
    return both


@pytest.mark.parametrize("example", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_the_page_shows_what_is_tested(example):
    """Word for word, so that what is copied from the page is what was tried."""
    pages = (page.read_text(encoding="utf-8") for page in OPERATIONS.glob("*.md"))
    assert any(f"\n{example.read_text(encoding='utf-8')}```\n" in page for page in pages)


def test_nginx(tmp_path, certificate):
    recipe = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    recipe = re.sub(r"/etc/ssl/id\.example\.com\.(?:pem|key)", str(certificate), recipe)
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{recipe}}}\n"
    )
    accepted("nginx", "-t", "-c", str(file))


def test_haproxy(tmp_path, certificate):
    recipe = (EXAMPLES / "haproxy.cfg").read_text(encoding="utf-8")
    file = tmp_path / "haproxy.cfg"
    file.write_text(recipe.replace("/etc/haproxy/id.example.com.pem", str(certificate)))
    accepted("haproxy", "-c", "-f", str(file))


def test_caddy():
    accepted("caddy", "adapt", "--validate", "--config", str(EXAMPLES / "Caddyfile"))


def test_systemd():
    """What it cannot do to the machine is of the few kinds that systemd calls safe or OK."""
    judged = accepted("systemd-analyze", "security", "--offline=true", str(EXAMPLES / "authwright.service"))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", judged)
    assert found is not None, judged
    assert float(found[1]) <= 1.5


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    """To a file that is there."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target
