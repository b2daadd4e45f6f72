"""The command ``revisjonsbok``, also ``python -m helpers``: starts what it can, then reads the command line."""

import sys

from helpers.ahead import start_early


def main() -> None:
    """The entry point."""
    ahead = start_early(sys.argv[1:])
    from helpers.cli import main as carry_out  # what reads a command line takes longer to import than all above

    carry_out(ahead)


if __name__ == "__main__":
    main()
