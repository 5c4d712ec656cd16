"""How a page calls the person who is here."""

from dataclasses import dataclass

from authwright.authorization_server.records import Person
from authwright.idp.web.initial import initial


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """*username* is what they type to sign in; *name* the friendliest thing known."""

    name: str
    username: str
    initial: str


def named(person: Person) -> NamedPerson:
    """*person* for a page."""
    username = str(person.claims.get("preferred_username") or person.subject)
    name = str(person.claims.get("name") or username)
    return NamedPerson(name, username, initial(name))
