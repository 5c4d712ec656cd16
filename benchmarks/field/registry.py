"""All contestants by name."""

from benchmarks.field.contestant import Contestant
from benchmarks.field.contestants.authwright import Authwright, AuthwrightPostgresql, AuthwrightTwoWorkers

CONTESTANTS: dict[str, Contestant] = {
    each.name: each
    for each in (
        Authwright(),
        AuthwrightPostgresql(),
        AuthwrightTwoWorkers(),
    )
}
"""In the order of the tables."""
