"""The published log over HTTP: for anybody, and nothing of an entry in it."""

from __future__ import annotations

import threading

import httpx
import pytest

from api.installation import Installation
from api.settings import Settings
from audit.policy import open_checkpoint
from audit.proof import parse_proof
from audit.tiles import tile_path
from audit.tree import check_inclusion
from tests.api.http.test_commands import CHILD_VIEW, key, opened

LOG = "/log/fjordvik"


@pytest.fixture
def anybody(address):
    with httpx.Client(base_url=address, verify=False) as client:
        yield client


@pytest.fixture
def policy(service):
    return service.tenants["fjordvik"].folder.read_policy()


@pytest.fixture
def published(service, home):
    """Publishes all that is on record, when called."""
    with Installation(Settings(home=home)) as installation:
        tenant = installation.tenant("fjordvik", signs=False)
        yield installation.publisher(tenant).publish


def test_anybody_reads_the_checkpoint_and_it_is_signed(anybody, policy):
    answer = anybody.get(f"{LOG}/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert open_checkpoint(answer.content, policy).checkpoint.size > 50


def test_anybody_reads_hashes(anybody, policy):
    note = anybody.get(f"{LOG}/checkpoint").content
    size = open_checkpoint(note, policy).checkpoint.size
    answer = anybody.get(f"{LOG}/{tile_path(0, 0, size)}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert len(answer.content) == size * 32


@pytest.mark.parametrize(
    "path",
    [
        "tile/entries/000",
        "tile/entries/000.p/1",
        "tile/0/999",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/x000/000",
        "tile/0/../0/000",
        "tile/0/%2e%2e/%2e%2e/checkpoint",
        "tile/..%2f..%2fpublisher%2ffjordvik.json",
        "tile/99/000",
        "tile/0/000/",
        "tile//0/000",
        "tile/0/000%00",
        "tile/",
        "publisher",
        "",
    ],
)
def test_nothing_else_of_the_log_is_given_out(anybody, path):
    answer = anybody.get(f"{LOG}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("tenant", ["nowhere", "..", "%2e%2e", "FJORDVIK", "a" * 500])
def test_there_is_no_log_of_an_unknown_tenant(anybody, tenant):
    assert anybody.get(f"/log/{tenant}/checkpoint").status_code == 404


def recorded(client, wait: str | None = None):
    case = opened(client)
    return client.post(
        f"/api/v1/cases/{case}/child-view-recorded",
        params={} if wait is None else {"wait": wait},
        json=CHILD_VIEW,
        headers=key(),
    ).json()


def check(proof: bytes, receipt, policy) -> None:
    """What the holder of a receipt does with its proof."""
    said = parse_proof(proof)
    tree = open_checkpoint(said.checkpoint, policy).checkpoint
    assert said.index == receipt["position"] - 1
    leaf = bytes.fromhex(receipt["leaf"])
    check_inclusion(leaf, said.index, tree.size, said.path, tree.root)


def test_a_receipt_leads_to_the_proof_once_there_is_one(
    as_, anybody, policy, published
):
    receipt = recorded(as_("camilla"))
    early = anybody.get(receipt["proof_at"])
    assert (early.status_code, early.json()["code"]) == (409, "NOT_PUBLISHED")
    published()
    check(anybody.get(receipt["proof_at"]).content, receipt, policy)


def test_an_answer_may_wait_for_its_proof(as_, policy, published):
    stop = threading.Event()

    def publish() -> None:
        while not stop.is_set():
            published()

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        receipt = recorded(as_("camilla"), wait="published")
    finally:
        stop.set()
        publisher.join()
    check(receipt["published"].encode(), receipt, policy)


def test_an_answer_that_has_waited_in_vain_says_that_it_is_recorded(as_):
    receipt = recorded(as_("camilla"), wait="published")
    assert receipt["published"] is None
    assert receipt["position"] > 0


@pytest.mark.parametrize("position", ["0", "-1", "x", str(2**53), "1" * 400])
def test_a_position_that_is_none_is_refused(anybody, position):
    answer = anybody.get(f"{LOG}/proof/{position}")
    assert (answer.status_code, answer.json()["code"]) == (422, "PARAMETER_INVALID")
