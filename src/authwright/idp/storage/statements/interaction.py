"""Authorization requests on their way through login and consent."""

import json
from typing import Final, assert_never

from authwright.authorization_server.records import Interaction, Step
from authwright.authorization_server.writes import AddInteraction, CompleteStep, EndInteraction
from authwright.idp.storage.statement import Parameters, Row, Statement, Value

BY_DIGEST: Final = """
    SELECT interaction_digest, browser_digest, parameters, created_at, expires_at, completed, ended_at
    FROM interactions WHERE interaction_digest = :interaction_digest
"""

_ADD: Final = """
    INSERT INTO interactions (
        interaction_digest, browser_digest, parameters, created_at, expires_at, completed, ended_at
    )
    VALUES (
        :interaction_digest, :browser_digest, :parameters, :created_at, :expires_at, :completed, :ended_at
    )
    ON CONFLICT DO NOTHING
"""

# A set of words, each between two spaces: taken out if it is there, then appended, so it is there once.
_COMPLETE_STEP: Final = """
    UPDATE interactions SET completed = replace(completed, ' ' || :step || ' ', ' ') || :step || ' '
    WHERE interaction_digest = :interaction_digest AND ended_at IS NULL
"""

_END: Final = """
    UPDATE interactions SET ended_at = :at
    WHERE interaction_digest = :interaction_digest AND ended_at IS NULL
"""


def statements(write: AddInteraction | CompleteStep | EndInteraction) -> tuple[Statement, ...]:
    """What *write* does."""
    match write:
        case AddInteraction(interaction):
            return (Statement(_ADD, _to_row(interaction), guarded=True),)
        case CompleteStep(interaction_digest, step):
            completed: Parameters = {"interaction_digest": interaction_digest, "step": step.value}
            return (Statement(_COMPLETE_STEP, completed, guarded=True),)
        case EndInteraction(interaction_digest, at):
            ended: Parameters = {"interaction_digest": interaction_digest, "at": at}
            return (Statement(_END, ended, guarded=True),)
        case _:
            assert_never(write)


def _to_row(interaction: Interaction) -> dict[str, Value]:
    return {
        "interaction_digest": interaction.interaction_digest,
        "browser_digest": interaction.browser_digest,
        "parameters": json.dumps(interaction.parameters),
        "created_at": interaction.created_at,
        "expires_at": interaction.expires_at,
        "completed": " " + "".join(f"{step.value} " for step in sorted(interaction.completed)),
        "ended_at": interaction.ended_at,
    }


def to_interaction(row: Row) -> Interaction:
    """The interaction in a row of `BY_DIGEST`."""
    interaction_digest, browser_digest, parameters, created_at, expires_at, completed, ended_at = row
    return Interaction(
        interaction_digest=interaction_digest,
        browser_digest=browser_digest,
        parameters=tuple((name, value) for name, value in json.loads(parameters)),
        created_at=created_at,
        expires_at=expires_at,
        completed=frozenset(Step(word) for word in completed.split()),
        ended_at=ended_at,
    )
