"""Keeps the processes of the service running, and stops them so that nothing is lost.

A process that ends is started again after a wait that grows while it keeps failing.
They are stopped stage by stage: first those that take work in, last the publisher, so
that what was acknowledged is signed. Told to stop a second time, the rest is stopped at
once. No process outlives its supervisor: see `api.attached`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from queue import Empty, SimpleQueue

from api.logs import log
from api.standing_work import Patience

LOOK_SECONDS = 0.1  # between two looks at the processes
STAGE_SECONDS = 15.0  # that a stage may take to stop
HURRIED_SECONDS = 2.0
SETTLED_SECONDS = 20.0  # after which a process counts as one that runs


@dataclass(frozen=True, slots=True)
class Job:
    """A command to keep running; `stage` says when it is stopped, the lowest first."""

    name: str
    command: tuple[str, ...]
    stage: int
    descriptors: tuple[int, ...] = ()


@dataclass(slots=True)
class _Child:
    """The process that does a job, and what is known of its failures."""

    job: Job
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    patience: Patience = field(default_factory=Patience)
    due: float = 0.0  # when to start it, while there is no process

    def look_after(self, gone: Callable[[int], None]) -> None:
        """Start the process if it is due; notice its end."""
        if self.process is None:
            if time.monotonic() >= self.due:
                self._start()
        elif (status := self.process.poll()) is not None:
            gone(self.process.pid)
            self._note_end(status)

    def _start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "api.attached", *self.job.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=dict(self.environment),
            pass_fds=self.job.descriptors,
            process_group=0,  # a Ctrl-C is meant for us, who know the order
        )
        self.due = time.monotonic() + SETTLED_SECONDS
        log.info("process started", child=self.job.name)

    def _note_end(self, status: int) -> None:
        if time.monotonic() > self.due:
            self.patience = Patience()
        seconds = self.patience.seconds()
        self.due = time.monotonic() + seconds
        self._forget()
        log.error("process ended", child=self.job.name, ended=status, seconds=seconds)

    def stop(self) -> None:
        """Tell it to stop."""
        if self.process is not None:
            self.process.terminate()

    def has_ended(self) -> bool:
        """Whether there is no process left."""
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End what did not stop in time."""
        if self.process is not None and self.process.poll() is None:
            log.error("process killed", child=self.job.name)
            self.process.kill()
            self.process.wait()

    def _forget(self) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process = None


class Supervisor:
    """Runs jobs until told to stop.

    `revive` is called once a second, `gone` with the number of each process that ended
    by itself, and `stopping` before the first is stopped.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        environment: Mapping[str, str] = os.environ,
        revive: Callable[[], None],
        gone: Callable[[int], None],
        stopping: Callable[[], None],
    ) -> None:
        ordered = sorted(jobs, key=lambda job: job.stage)
        self._children = [_Child(job, environment) for job in ordered]
        self._revive = revive
        self._gone = gone
        self._stopping = stopping

    def run(self, heard: SimpleQueue[object]) -> None:
        """Keep everything running until something is heard, then stop it in order."""
        looked = time.monotonic()
        try:
            while not _is_heard(heard):
                for child in self._children:
                    child.look_after(self._gone)
                if time.monotonic() - looked >= 1:
                    self._revive()
                    looked = time.monotonic()
        finally:
            self._stopping()
            self._stop(heard)

    def _stop(self, heard: SimpleQueue[object]) -> None:
        seconds = STAGE_SECONDS
        for _, stage in groupby(self._children, key=lambda child: child.job.stage):
            children = list(stage)
            for child in children:
                child.stop()
            if not _wait_for(children, heard, seconds):
                seconds = HURRIED_SECONDS
            for child in children:
                child.kill()


def _wait_for(
    children: Sequence[_Child], heard: SimpleQueue[object], seconds: float
) -> bool:
    """Wait for the end of processes; whether nobody hurries meanwhile."""
    deadline, hurried = time.monotonic() + seconds, False
    while not all(child.has_ended() for child in children):
        if _is_heard(heard) and not hurried:
            deadline, hurried = time.monotonic() + HURRIED_SECONDS, True
        if time.monotonic() > deadline:
            break
    return not hurried


def _is_heard(heard: SimpleQueue[object]) -> bool:
    try:
        heard.get(timeout=LOOK_SECONDS)
    except Empty:
        return False
    return True
