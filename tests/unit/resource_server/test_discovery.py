"""Finding the issuer's endpoints, from outside and from within a container network."""

import json

import pytest

from authwright.oauth.http import HttpResponse
from authwright.resource_server.discovery import Discovery
from authwright.resource_server.refusals import KEYS_UNAVAILABLE, Refused
from authwright.testing.fake_issuer import FakeIssuer
from authwright.transport import AddressRefused, CertificateRefused, TimedOut


class Only:
    """Serves one document at one URL."""

    def __init__(self, url, **document):
        self.url = url
        self.document = document
        self.asked = []

    async def send(self, request):
        self.asked.append(request.url)
        if request.url == self.url:
            return HttpResponse(200, {}, json.dumps(self.document).encode())
        return HttpResponse(404)


async def test_openid_configuration_comes_first():
    """OpenID Connect Discovery §4.1: appended to the issuer."""
    url = "https://id.test/realm/.well-known/openid-configuration"
    transport = Only(url, issuer="https://id.test/realm")
    assert (await Discovery("https://id.test/realm", transport).metadata()).issuer == "https://id.test/realm"
    assert transport.asked == [url]


async def test_oauth_authorization_server_comes_second():
    """RFC 8414 §3.1: inserted before the issuer's path."""
    url = "https://id.test/.well-known/oauth-authorization-server/realm"
    transport = Only(url, issuer="https://id.test/realm")
    assert (await Discovery("https://id.test/realm", transport).metadata()).issuer == "https://id.test/realm"
    assert transport.asked[1:] == [url]


async def test_no_document():
    with pytest.raises(Refused) as caught:
        await Discovery("https://id.test", Only("")).metadata()
    assert caught.value.detail == "the issuer has no metadata document"
    assert caught.value.received == "404 from https://id.test/.well-known/oauth-authorization-server"


@pytest.mark.parametrize("status", [500, 503])
async def test_an_issuer_that_fails_is_not_one_without_a_document(status):
    """In an outage the log names what failed, not a document that this issuer never had."""
    asked = []

    class Failing:
        async def send(self, request):
            asked.append(request.url)
            return HttpResponse(status)

    with pytest.raises(Refused) as caught:
        await Discovery("https://id.test", Failing()).metadata()
    assert caught.value.received == f"{status} from {asked[0]}"
    assert asked == ["https://id.test/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    "problem",
    [
        CertificateRefused("the certificate of the host was not accepted"),
        AddressRefused("the host of the URL to fetch has an address that is not allowed"),
        TimedOut("the response did not arrive in time"),
    ],
)
async def test_why_a_document_could_not_be_fetched(problem):
    """A certificate, an address and a slow issuer have three cures; the log says which it is."""

    class Unreachable:
        async def send(self, _request):
            raise problem

    with pytest.raises(Refused) as caught:
        await Discovery("https://id.test", Unreachable()).metadata()
    assert caught.value.received == f"https://id.test/.well-known/openid-configuration: {problem.detail}"


async def test_internal_url():
    """Between containers: documents are fetched from within, and have to be the public issuer's."""
    transport = Only(
        "http://idp:9000/realm/.well-known/openid-configuration",
        issuer="https://id.test/realm",
        jwks_uri="https://id.test/realm/jwks",
    )
    discovery = Discovery("https://id.test/realm", transport, internal_url="http://idp:9000/realm/")
    metadata = await discovery.metadata()
    assert discovery.reachable(metadata.jwks_uri) == "http://idp:9000/realm/jwks"
    assert discovery.reachable("https://id.test/realms/jwks") == "https://id.test/realms/jwks"


async def test_internal_document_that_names_the_internal_issuer():
    """The issuer inside a container answers with its internal name: refused, and said so."""
    transport = Only("http://idp:9000/.well-known/openid-configuration", issuer="http://idp:9000")
    with pytest.raises(Refused) as caught:
        await Discovery("https://id.test", transport, internal_url="http://idp:9000").metadata()
    assert caught.value.refusal.code == "AW118"


def test_endpoints_without_tls():
    """RFC 8414 §7.1.1: whoever can change the keys on the way can sign every token."""
    with pytest.raises(Refused) as caught:
        Discovery("https://id.test", FakeIssuer()).reachable("http://id.test/jwks")
    assert caught.value.refusal.code == "AW112"
    local = Discovery("http://localhost:9000", FakeIssuer())
    assert local.reachable("http://localhost:9000/jwks") == "http://localhost:9000/jwks"


async def test_metadata_is_kept_when_it_cannot_be_renewed():
    issuer = FakeIssuer()
    discovery = Discovery(issuer.issuer, issuer)
    metadata = await discovery.metadata()
    issuer.available = False
    with pytest.raises(Refused):
        await discovery.metadata(anew=True)
    assert await discovery.metadata() is metadata
    with pytest.raises(Refused):
        await discovery.get("https://issuer.test/x", refusal=KEYS_UNAVAILABLE, detail="x")
