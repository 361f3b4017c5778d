"""Pack the verifier into one file: `python -m audit.build_pyz OUT`.

`python audit.pyz verify BUNDLE --policy FILE` then needs Python and `cryptography`,
nothing else. The same sources give the same bytes, so that a supervisor can compare
what was handed over with what was published.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from audit.archive import write_archive

_START: Final = b"#!/usr/bin/env python3\n"
_MAIN: Final = b"from audit.__main__ import main\n\nraise SystemExit(main())\n"


def build_pyz() -> bytes:
    """The zip application: this package, and a start file beside it."""
    package = Path(__file__).parent
    sources = [*package.rglob("*.py"), package / "FORMAT.md"]
    files = {f"audit/{path.relative_to(package)}": path for path in sources}
    contents = {name: files[name].read_bytes() for name in sorted(files)}
    return _START + write_archive({"__main__.py": _MAIN, **contents})


def main() -> int:
    """Write the file that the one argument names."""
    if len(sys.argv) != 2:
        print("usage: python -m audit.build_pyz OUT", file=sys.stderr)
        return 2
    Path(sys.argv[1]).write_bytes(build_pyz())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
