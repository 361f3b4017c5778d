"""How every command ends: exit status 0 done, 1 refused or failed, 2 wrong usage.

Stopped by Ctrl-C or SIGTERM it is 130, as shells have it.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from api.complaints import complaint_about
from api.printing import say

P = ParamSpec("P")
INTERRUPTED = 130


def command(does: Callable[P, None]) -> Callable[P, None]:
    """Make a function a command: what goes wrong in it is one sentence, or JSON."""

    @wraps(does)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            does(*args, **kwargs)
        except (typer.Exit, typer.BadParameter):
            raise
        except (KeyboardInterrupt, typer.Abort):  # the latter out of a prompt
            say("stafettlogg: stopped")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # nobody reads on; that is no fault
            complain(error, as_json=bool(kwargs.get("as_json")))
            raise typer.Exit(1) from None

    return run


def complain(error: Exception, *, as_json: bool) -> None:
    """Print why a command did not do its work."""
    complaint = complaint_about(error)
    if as_json:
        typer.echo(json.dumps(complaint.as_json(), ensure_ascii=False, indent=2))
    else:
        say(f"stafettlogg: {complaint.code}: {complaint.said}")
