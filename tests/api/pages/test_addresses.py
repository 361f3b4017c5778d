"""Where a person may be sent back to."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.addresses import START, local_address

SITE = "http://127.0.0.1:8080/prov"


@pytest.mark.parametrize(
    "address",
    ["/", "/saker", "/saker/0b5e/tidslinje?vis=alt&apen=3", "/saker?slik=14.03.2025"],
)
def test_a_page_of_ours_is_gone_back_to(address):
    assert local_address(address) == address


@pytest.mark.parametrize(
    "address",
    [None, "", "saker", "//evil.example", "/\\evil.example", "\\\\evil.example",
     "https://evil.example/", "javascript:alert(1)", "/\t/evil.example", "/ /x",
     "/saker\r\nSet-Cookie: a=b", "/saker#//evil.example", "/%5Cevil.example@",
     "///evil.example", "/saker//evil", "/@evil.example", "/a" * 500],
)  # fmt: skip
def test_nobody_is_sent_anywhere_else(address):
    assert local_address(address) == START


@pytest.mark.parametrize("piece", ["a", "a/", "/a", "%", "?", "a?", "~.-/", "a=&"])
def test_a_hostile_address_of_the_greatest_length_is_judged_by_reading_it_once(piece):
    """Whoever tries every way to split it up again does not come to an end here."""
    hostile = ("/" + piece * 500)[:499] + "!"
    assert local_address(hostile) == START


@given(st.one_of(st.text(), st.from_regex(re.compile(r"[/\\.:@?a-z]+"))))
def test_every_address_stays_on_this_site(address):
    found = urlsplit(urljoin(SITE, local_address(address)))
    assert found[:2] == urlsplit(SITE)[:2]
