"""
docs/reference/settings.md, from the list of settings and of the problems they can have.

``python -m authwright.idp.settings_reference docs/reference/settings.md`` writes it; a test compares.
"""

import sys
from pathlib import Path
from typing import Final

from authwright.idp.configuration_error import Problem
from authwright.idp.setting_table import ENVIRONMENT_PREFIX, SETTINGS, Setting

_INTRODUCTION: Final = f"""\
# Settings

Generated from `src/authwright/idp/setting_table.py`;
`python -m authwright.idp.settings_reference docs/reference/settings.md` renews it.

Settings come from a TOML file (`--config`, or `{ENVIRONMENT_PREFIX}CONFIG`, or `./authwright.toml`), then
from the environment, then from the command line; later ones win. What is not listed here is an error.
Durations are a number with `s`, `m`, `h` or `d`. In the environment, lists are separated by commas.

A secret never stands in the TOML file: there, `…_file` names a file that holds it and that other users of
the machine cannot read. In the environment it may stand itself, or in a file that `…_FILE` names.
"""

_PROBLEMS: Final = {
    Problem.UNKNOWN_SETTING: "There is no such setting. The message names the nearest one that there is. "
    f"Variables that begin with `{ENVIRONMENT_PREFIX}` count too.",
    Problem.INVALID_VALUE: "The value does not have the form that the setting's entry above describes.",
    Problem.MISSING: "The setting has no default and was not set.",
    Problem.INVALID_ISSUER: "The issuer is no issuer identifier (RFC 8414 section 2), or is plain http "
    "outside this machine: tokens and passwords would cross the network readable.",
    Problem.EXPOSED_KEY_FILE: "Every user of the machine can read the key file. Container platforms that "
    "mount secrets readable for all have a setting for the mode: 0400.",
    Problem.WEAK_SECRET: "The secret is too short, or not random: made by hand, or an example. Make one "
    "with `authwright init`.",
    Problem.PUBLIC_DEVELOPMENT: "`authwright dev` has passwords that everybody knows and listens on this "
    "machine only. For others to reach a server, set one up: `authwright init`, `authwright serve`.",
    Problem.WRONG_KEY: "The key-encryption key does not open the signing keys in this database: it is "
    "another server's key, or the database was restored without it.",
    Problem.UNREADABLE_FILE: "The file does not exist, cannot be read by this user, or is not what it "
    "should be.",
    Problem.SECRET_IN_FILE: "A secret stands in the settings file, which gets committed and copied. Put it "
    "into a file of its own and name that.",
    Problem.CONTRADICTION: "Two settings, or two places of one setting, contradict each other.",
    Problem.MISSING_DRIVER: "The database is PostgreSQL, whose driver is an extra: "
    "`pip install 'authwright[postgres]'`.",
}


def render() -> str:
    """The whole page."""
    settings = "\n".join(_entry(setting) for setting in SETTINGS)
    problems = "\n".join(f"**{problem}** {text}\n" for problem, text in _PROBLEMS.items())
    return (
        f"{_INTRODUCTION}\n## The settings\n\n{settings}\n## Errors\n\n"
        f"The server does not start with a setting that it would have to guess about.\n\n{problems}"
    )


def _entry(setting: Setting) -> str:
    if setting.default is None:
        default = "none" if setting.optional else "none; it has to be set"
    else:
        default = f"`{setting.default}`" if setting.default else "empty"
    variables = f"`{setting.variable}`" + (f" or `{setting.variable}_FILE`" if setting.secret else "")
    return (
        f"### {setting.name}\n\n{setting.meaning}\n\n"
        f"- Form: {setting.expected}\n- Default: {default}\n"
        f"- TOML: `{setting.toml_name} = {setting.example}`\n- Environment: {variables}\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
