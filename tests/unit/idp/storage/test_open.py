"""The one place that chooses between databases."""

import subprocess
import sys

DRIVERS = """
import sys
from pathlib import Path
from authwright.idp.settings import load
from authwright.idp.storage.open import is_there, migrate, open_storage, pending_migrations
url = f"sqlite:///{sys.argv[1]}/a.db"
load(environ={"AUTHWRIGHT_ISSUER": "https://id.example.com", "AUTHWRIGHT_DATABASE_URL": url,
              "AUTHWRIGHT_KEY_ENCRYPTION_KEY": "8iyq1A5fizH1pa1dtDnku8VQSSkfmdrVY0pHBH0KjUI"})
assert not is_there(url)
open_storage(url)
migrate(url)
assert is_there(url)
assert pending_migrations(url) == ()
print("psycopg" in sys.modules)
"""


def test_the_driver_of_postgresql_is_for_those_who_use_it(tmp_path):
    """Who keeps everything in SQLite neither needs it nor waits for it."""
    child = subprocess.run(
        [sys.executable, "-c", DRIVERS, tmp_path], capture_output=True, text=True, timeout=60, check=False
    )
    assert (child.stdout, child.stderr) == ("False\n", "")
