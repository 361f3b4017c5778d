"""Pages without a mouse: every stop can be reached, is seen, and comes in order."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.e2e.screens import PAGES, path_of

REACHABLE = """
() => [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
  .filter((e) => e.checkVisibility({visibilityProperty: true}) && e.type !== "hidden")
  .length
"""
FOCUSED = """
() => {
  const here = document.activeElement, style = getComputedStyle(here);
  window.passed = window.passed || [];
  if (here === document.body || window.passed.includes(here)) return null;
  window.passed.push(here);
  const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return {shown, text: here.outerHTML.slice(0, 120), href: here.getAttribute("href")};
}
"""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    window, case_of, name, width
):
    here = window(PAGES[name][0], width=width)
    here.visit(path_of(name, case_of))
    passed = []
    here.page.keyboard.press("Tab")
    while (stop := here.page.evaluate(FOCUSED)) is not None:
        passed.append(stop)
        here.page.keyboard.press("Tab")
    assert passed[0]["href"] == "#innhold"
    assert [stop for stop in passed[1:] if not stop["shown"]] == []
    assert len(passed) == here.page.evaluate(REACHABLE)


def test_the_skip_link_leads_past_the_menu(window, case_of):
    here = window("cecilie")
    here.visit(path_of("case-c-past", case_of))
    here.page.keyboard.press("Tab")
    here.page.keyboard.press("Enter")
    assert here.page.evaluate("document.activeElement.id") == "innhold"
    here.page.keyboard.press("Tab")
    focused = here.page.evaluate("document.activeElement.closest('main') !== null")
    assert focused


@pytest.mark.parametrize("name", PAGES)
def test_headings_go_down_one_step_at_a_time_from_a_single_first(window, case_of, name):
    here = window(PAGES[name][0])
    here.visit(path_of(name, case_of))
    levels = here.page.eval_on_selector_all(
        "h1, h2, h3, h4", "all => all.map((each) => Number(each.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
