"""TLS to the database: what travels is encrypted, and nobody but the server that was meant can read it."""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import pytest

from authwright.authorization_server.storage import StorageUnavailable
from authwright.idp.storage.postgresql import PostgresqlStorage
from support.certificate import make_certificate
from support.postgresql import NOT_DURABLE, running_cluster

NAME = "db.example.com"


@pytest.fixture(scope="module")
def cluster():
    """A server whose certificate is for `NAME`, and vouches for itself."""
    directory = Path(tempfile.mkdtemp(prefix="authwright-postgresql-"))
    made = make_certificate(directory, NAME)
    made.key.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(made.key, "postgres", "postgres")
    files = {"ssl": "on", "ssl_cert_file": str(made.certificate), "ssl_key_file": str(made.key)}
    with running_cluster({**NOT_DURABLE, **files}, directory) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def authority(cluster):
    return cluster.directory / "certificate.pem"


def url(cluster, name, **parameters):
    """Of a new database, at *name*, which is this machine."""
    where = urlencode({"hostaddr": "127.0.0.1", "sslmode": "verify-full", **parameters})
    database = cluster.new_database(cluster.migrated_template())
    return f"postgresql://authwright@{name}:{cluster.port}/{database}?{where}"


async def test_every_connection_is_encrypted(cluster, authority):
    """With the certificate of the server that was meant, from the authority that was said."""
    storage = PostgresqlStorage.open(url(cluster, NAME, sslrootcert=authority))
    try:
        await storage.ready()
        await storage.clients()
        seen = cluster.execute(
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE application_name = 'authwright'"
        )
        assert len(seen) >= 2  # one that reads, one that writes
        assert all(encrypted for (encrypted,) in seen)
    finally:
        await storage.close()


def test_a_server_of_another_name_is_refused(cluster, authority):
    """Whoever redirects the connection may have a good certificate for a name of their own."""
    with pytest.raises(StorageUnavailable):
        PostgresqlStorage.open(url(cluster, "other.example.com", sslrootcert=authority))


def test_a_certificate_of_another_authority_is_refused(cluster, tmp_path):
    another = make_certificate(tmp_path, NAME).certificate
    with pytest.raises(StorageUnavailable):
        PostgresqlStorage.open(url(cluster, NAME, sslrootcert=another))


def test_a_server_without_tls_is_refused(postgresql, authority):
    """It may be somebody who only forwards."""
    with pytest.raises(StorageUnavailable):
        PostgresqlStorage.open(url(postgresql, NAME, sslrootcert=authority))
