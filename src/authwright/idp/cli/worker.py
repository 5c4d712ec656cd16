"""
The program of one worker of `authwright serve`: ``python -P -m authwright.idp.cli.worker``, with its order.

The supervisor starts it. What it does is `authwright.idp.serving.worker`; what the command line adds is that
errors become messages and exit codes.
"""

import json
import sys

from authwright.idp.cli.command_line import exit_code_of
from authwright.idp.serving.worker import serve_by_order


def main(order: str) -> int:
    """Serve as *order* says, the JSON object that the supervisor wrote. The exit code."""
    try:
        serve_by_order(json.loads(order))
    except Exception as error:  # noqa: BLE001 - a bug is raised again
        return exit_code_of(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
