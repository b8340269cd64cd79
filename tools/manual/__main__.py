"""Writes densehybrid's manual page to standard output.

    python3 -m tools.manual [PROGRAM] > densehybrid.1          (default .build/release/densehybrid)
"""

import json
import subprocess
import sys

from .page import page


def main(arguments: list[str]) -> int:
    """Asks the program what it says of itself and prints the page."""
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    program = arguments[0] if arguments else ".build/release/densehybrid"
    try:
        dump = subprocess.run([program, "--experimental-dump-help"], capture_output=True, text=True, check=True).stdout
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"manual: {program}: {error}; build it with swift build -c release", file=sys.stderr)
        return 1
    print(page(json.loads(dump), version), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
