"""`authwright explain`: why a token is, or is not, accepted."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from authwright.idp.cli import terminal
from authwright.idp.cli.opening import config_option, issuer_option

if TYPE_CHECKING:
    from authwright.jose.jwks import Jwks
    from authwright.resource_server.explanation import Step

_MAX_CHARACTERS: Final = 1_000_000
_OUTCOME, _NAME = 4, 10


@click.command("explain")
@click.argument("token", required=False)
@click.option("--for", "audience", metavar="AUDIENCE", help="The API that is to accept it.")
@issuer_option
@click.option("--claims", "with_claims", is_flag=True, help="Show every claim and what it means.")
@config_option
def command(
    token: str | None, audience: str | None, issuer: str | None, config: Path | None, *, with_claims: bool
) -> int:
    """
    Say of every check that an API makes of TOKEN whether it holds.

    TOKEN can come on standard input, which keeps it out of the shell's history. The issuer whose keys are
    used is that of --issuer, else of the settings, else the one that the token names. Ends with 1 when a
    check failed.
    """
    from authwright.oauth.types import Timestamp
    from authwright.resource_server.explanation import Outcome, Step, explain

    text = _token(token)
    if not text:
        raise click.UsageError("There is no token: the argument or the input is empty.")
    expected = issuer or _configured_issuer(config)
    keys, obstacle = _keys(expected or _named_issuer(text))
    now = Timestamp(int(time.time()))
    steps = explain(text, issuer=expected, audience=audience, keys=keys, now=now)
    if obstacle is not None:
        steps = (*steps, Step(Outcome.SKIP, "keys", obstacle))
    for step in steps:
        _say(step)
    if with_claims:
        from authwright.idp.cli.claim_output import claim_lines

        for line in claim_lines(text, now):
            terminal.say(line)
    refused = [step.code for step in steps if step.code is not None]
    _say_cures(dict.fromkeys(refused))
    return 1 if refused else 0


def _token(given: str | None) -> str:
    """The token alone, however it was copied."""
    token = given or ""
    if given is None or given == "-":
        if given is None and sys.stdin.isatty():
            raise click.UsageError("Give a token, or pipe one in.")
        token = sys.stdin.buffer.read(_MAX_CHARACTERS).decode("utf-8", "replace")
    token = token.strip().removeprefix("Authorization:").strip()
    scheme, _, rest = token.partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else token


def _configured_issuer(config: Path | None) -> str | None:
    """The issuer of the settings, where there are any; a token can be explained without."""
    from authwright.idp.cli.opening import settings_of
    from authwright.idp.configuration_error import ConfigurationError

    try:
        return settings_of(config).issuer
    except ConfigurationError:
        if config is not None:
            raise
        return None


def _named_issuer(token: str) -> str | None:
    """``iss`` of the token. Whom to ask for keys when nobody else was named; it proves nothing."""
    from authwright.jose import jws
    from authwright.jose.encoding import parse_json_object
    from authwright.jose.errors import JoseError

    try:
        issuer = parse_json_object(jws.parse(token).unverified_payload).get("iss")
    except JoseError:
        return None
    return issuer if isinstance(issuer, str) else None


def _keys(issuer: str | None) -> tuple["Jwks | None", str | None]:
    """The keys of *issuer*, or None and why there are none."""
    if issuer is None:
        return None, "no issuer is known whose keys could be fetched: --issuer URL"
    from authwright.client.discovery import (
        build_jwks_request,
        build_openid_configuration_request,
        parse_jwks_response,
        parse_metadata_response,
    )
    from authwright.client.errors import ClientError
    from authwright.idp.cli.issuer_transport import transport_to
    from authwright.oauth.invalid_value import InvalidValue
    from authwright.transport import TransportError

    try:
        with transport_to(issuer) as transport:
            response = transport.send(build_openid_configuration_request(issuer))
            metadata = parse_metadata_response(response, issuer=issuer)
            return parse_jwks_response(transport.send(build_jwks_request(metadata))), None
    except (ClientError, TransportError, InvalidValue) as error:
        return None, f"{terminal.printable(issuer)}: {error.detail}"


def _say(step: "Step") -> None:
    from authwright.resource_server.explanation import Outcome

    colour = {Outcome.OK: terminal.good, Outcome.FAIL: terminal.bad, Outcome.SKIP: terminal.faint}
    first = f"  {colour[step.outcome](step.outcome.ljust(_OUTCOME))}  {step.name.ljust(_NAME)}  "
    code = "" if step.code is None else f"   {terminal.bold(step.code)}"
    lines = terminal.wrapped(terminal.printable(step.text), len(click.unstyle(first)))
    terminal.say(f"{first}{lines[0]}{'' if lines[1:] else code}")
    for number, line in enumerate(lines[1:], start=2):
        terminal.say(f"{' ' * len(click.unstyle(first))}{line}{code if number == len(lines) else ''}")


def _say_cures(codes: dict[str, None]) -> None:
    from authwright.resource_server.refusals import REFUSALS

    for row in REFUSALS:
        if row.code in codes:
            terminal.say()
            for line in terminal.facts(((row.code, row.likely_cause), ("", row.change))):
                terminal.say(line)
