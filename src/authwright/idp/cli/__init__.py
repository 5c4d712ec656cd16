"""
The `authwright` command.

One module for each command, imported only when it is called: `--version`, `--help` and `explain` do not wait
for the web server. A command says what it does on standard output, and what is wrong on standard error, once,
with a code, what was received, what was expected and what to write instead. It ends with 0; with 1 when
something was refused or not found; with 2 when it was called or configured wrongly.
"""

import sys


def main() -> None:
    """Run the command that the process was called with, and end the process."""
    try:
        from authwright.idp.cli.command_line import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are loaded; from then on the command hears it
        sys.stderr.write("\nStopped.\n")
        code = 130
    except ModuleNotFoundError as missing:
        if missing.name != "click":
            raise
        sys.exit("authwright: the command line is an extra. Write: pip install 'authwright[idp]'")
    sys.exit(code)
