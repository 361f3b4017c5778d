"""`python -m api.attached COMMAND …`: a command that ends with whoever started it.

Its standard input is a pipe that the starter holds open and never writes to. However
the starter ends, even by SIGKILL, the kernel closes the pipe, and the command is told
to stop as if by SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import Thread

from api.cli import main


def _end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    Thread(target=_end_with_standard_input, daemon=True).start()
    main()
