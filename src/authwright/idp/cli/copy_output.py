"""What a copy says of itself: each table with its rows and its digest."""

from authwright.idp.cli import terminal
from authwright.idp.storage.copying.digest import Contents


def copy_lines(contents: tuple[Contents, ...]) -> list[str]:
    """A table that can be compared with that of another copy, and what it stands for."""
    rows = [(each.table, f"{each.rows:,}", each.digest) for each in contents]
    return [
        *(f"  {line}" for line in terminal.table(("table", "rows", "SHA-256"), rows)),
        "",
        "Read again and compared: every table arrived as it was.",
    ]
