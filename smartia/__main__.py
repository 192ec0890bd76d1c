"""The command line: `python -m smartia sandbox …`."""

import sys
from collections.abc import Sequence

from smartia.sandbox import server

USAGE = """usage: python -m smartia COMMAND [options]

commands:
  sandbox   serve an invented college at the API's own endpoint, on this computer

python -m smartia COMMAND --help lists the options of a command."""


def main(arguments: Sequence[str]) -> int:
    """Run a command.

    Args:
        arguments: The command and its options.

    Returns:
        The exit code: 0 when all went well, 2 when the command is unknown.
    """
    if arguments[:1] == ["sandbox"]:
        return server.main(list(arguments[1:]))
    wants_help = arguments[:1] in (["--help"], ["-h"])
    print(USAGE, file=sys.stdout if wants_help else sys.stderr)
    return 0 if wants_help else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
