"""`authwright new fastapi`: what it writes works, with its own tests and with `authwright dev`."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from support.cli import authwright, development_server, running
from support.serving import free_port

PRODUCT_MD = """
from typing import Annotated
from fastapi import FastAPI, Security
from authwright.integrations.fastapi import Auth, Principal

auth = Auth(issuer="http://localhost:9000", audience="http://localhost:8000")
app = FastAPI(**auth.swagger(client_id="web"))      # Swagger UI's Authorize button works
auth.install(app)                                   # resource metadata (RFC 9728), error bodies
Reader = Annotated[Principal, Security(auth, scopes=["items:read"])]

@app.get("/items")
async def items(user: Reader):
    return {"owner": user.sub, "groups": user.groups}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    directory = tmp_path_factory.mktemp("new")
    done = authwright("new", "fastapi", cwd=directory)
    assert done.code == 0, done.err
    return directory


def words(text):
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [line for line in lines if line]


def test_it_is_the_application_that_the_product_promises(project):
    """The listing of what was made, but for blanks."""
    assert words((project / "app.py").read_text()) == words(PRODUCT_MD)


def test_its_own_tests_pass(project):
    """Without a server, and with warnings as errors."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-c", os.devnull,
         "--rootdir", str(project), str(project)],
        cwd=project, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def get(url, token=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=30) as response:
            return response.status, json.load(response), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers


def test_it_answers_whoever_signed_in_at_the_development_server(project, tmp_path):
    """The first five minutes: 401 that teaches, 200 with a token, 403 without the scope."""
    port, api_port = free_port(), free_port()
    with development_server(tmp_path, port):
        source = (project / "app.py").read_text().replace("localhost:9000", f"localhost:{port}")
        (tmp_path / "app.py").write_text(source)
        uvicorn = (sys.executable, "-m", "uvicorn", "app:app", "--port", str(api_port))
        with running(*uvicorn, cwd=tmp_path, ready="Uvicorn running"):
            url = f"http://127.0.0.1:{api_port}/items"
            status, body, headers = get(url)
            assert status == 401
            assert "resource_metadata=" in headers["www-authenticate"]
            assert "AW101" in json.dumps(body)
            bobs = authwright("token", "--as", "bob", "--scope", "items:read", cwd=tmp_path).out.strip()
            status, body, _ = get(url, bobs)
            assert (status, body["groups"]) == (200, ["readers"])
            writes = authwright("token", "--as", "bob", "--scope", "items:write", cwd=tmp_path).out.strip()
            assert get(url, writes)[0] == 403
            machines = authwright("token", "--client", "worker", cwd=tmp_path).out.strip()
            assert get(url, machines)[1]["owner"] == "worker"
            assert get(url, bobs[:-8] + "AAAAAAAA")[0] == 401
