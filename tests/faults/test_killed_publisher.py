"""The publisher dies before each change that it makes to the file system.

Whatever step it was at: what is out is signed, stands on tiles that are out, and is no
more than the state knows; and whoever publishes next goes on.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.policy import open_checkpoint, parse_policy
from audit.tiles import Tiles
from ledger.database.roles import DatabaseRole
from ledger.publisher import PublishingRefused
from tests.faults.boundaries import die_at_boundary
from tests.faults.examining import checked
from tests.faults.processes import Program, at_once, programs
from tests.ledger.test_recorder import sealed
from tests.tenants import OpenTenant
