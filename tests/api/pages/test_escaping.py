"""Whatever people are called and write, a page shows it as text."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from jinja2 import UndefinedError
from markupsafe import escape

from api.app import create_app
from api.installation import Installation
from api.pages.drawing import templates
from api.service import Service
from api.settings import Settings
from api.sign_in import DEMO_TENANT
from tests.api.consoles import SAMPLES, console
from tests.api.http.conftest import follow, served

HOSTILE = 'Testbarn <script>alert("&amp;")</script> \'"><svg onload=x>'


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A service with case C, in which every name and text holds markup."""
    history = tmp_path_factory.mktemp("history") / "c.jsonl"
    lines = (SAMPLES / "c-school-refusal.jsonl").read_text(encoding="utf-8")
    history.write_text("\n".join(map(_hostile, lines.splitlines())), encoding="utf-8")
    with console() as fresh:
        fresh.run("tenant", "create", DEMO_TENANT, "--demo")
        fresh.run("import", str(history), "--tenant", DEMO_TENANT)
        fresh.run("publish", "--tenant", DEMO_TENANT, "--once")
        follow(fresh.home)
        with (
            Installation(Settings(home=fresh.home)) as installation,
            served(create_app(Service(installation))) as found,
        ):
            yield found


def _hostile(line: str) -> str:
    entry = json.loads(line)
    entry["by"]["name"] = HOSTILE
    for field in ("name", "text", "view", "child_words", "minutes", "handover_note"):
        if field in entry["data"]:
            entry["data"][field] = HOSTILE
    return json.dumps(entry, ensure_ascii=False)


@pytest.mark.parametrize(
    "path",
    ["/saker", "/saker/{c}", "/saker/{c}/tidslinje?vis=alt&apen=23",
     "/saker/{c}/oppforing/1", "/saker/{c}/kronologi", "/tilsyn", "/tilsyn/{c}"],
)  # fmt: skip
def test_markup_in_names_and_texts_is_shown_as_text(browse, case_of, path):
    person = "tor" if path.startswith("/tilsyn") else "cecilie"
    page = browse(person).get(path.replace("{c}", case_of("c")))
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "<svg onload" not in page.text
    assert str(escape("<script>")) in page.text


@pytest.mark.parametrize("typed", ['"><script>', "' onfocus=x '", "<svg/onload=x>"])
def test_what_was_typed_is_shown_as_text(browse, case_of, typed):
    page = browse("cecilie").get(f"/saker/{case_of('c')}", params={"slik": typed})
    assert page.status_code == 422
    assert f'value="{escape(typed)}"' in page.text


def test_an_address_is_shown_as_text(browse):
    page = browse().get('/hjelp?a="><script>alert(1)</script>')
    assert "<script" not in page.text


def test_a_template_that_names_what_is_not_there_fails():
    with pytest.raises(UndefinedError):
        templates().from_string("{{ nothing }}").render()
