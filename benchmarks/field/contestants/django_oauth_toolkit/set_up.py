"""Make the tables and fill them: clients and people."""

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 - after the set-up
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402
from settings import CONFIGURATION  # noqa: E402

call_command("migrate", verbosity=0)
common = {
    "client_secret": CONFIGURATION["clientSecret"],
    # By default Django's password hash would be computed for every request of a client: half a second.
    "hash_client_secret": False,
    "client_type": Application.CLIENT_CONFIDENTIAL,
    "skip_authorization": True,
}
Application.objects.create(
    client_id="worker", authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS, **common
)
Application.objects.create(
    client_id="app",
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    redirect_uris=CONFIGURATION["redirectUri"],
    algorithm=Application.RS256_ALGORITHM,
    **common,
)
password = make_password(CONFIGURATION["password"])  # once: it takes long
User.objects.bulk_create(User(username=person, password=password) for person in CONFIGURATION["people"])
