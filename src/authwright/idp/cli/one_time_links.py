"""Make a one-time link: the first administrator's, or a recovery's."""

from typing import TYPE_CHECKING, Final

from authwright.idp.one_time_code import LONG, code_digest, new_code
from authwright.idp.records import OneTimeLink
from authwright.idp.writes import AddOneTimeLink
from authwright.oauth.types import Subject, Timestamp

if TYPE_CHECKING:
    from authwright.idp.provider import IdentityProvider

LIFETIME: Final = 24 * 3600
"""Seconds for a link whose server may have to be installed first."""


async def add_link(
    idp: "IdentityProvider", *, subject: Subject | None, lifetime: int = LIFETIME, groups: int = LONG
) -> str:
    """
    The URL of a new link that lives *lifetime* seconds; an unused one for the same purpose is over.

    Without *subject* it makes the first administrator, with one it sets that person's password. The code in
    it has *groups* groups.
    """
    code = new_code(groups).reveal()
    expires_at = Timestamp(idp.server.clock.now() + lifetime)
    purpose, path = ("first_admin", "/first/") if subject is None else ("recovery", "/recover/")
    link = OneTimeLink(code_digest(code), purpose, subject, expires_at)  # type: ignore[arg-type]
    await idp.storage.commit((AddOneTimeLink(link),))
    return idp.server.url(path + code)
