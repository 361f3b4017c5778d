"""Every page, light and dark, wide and narrow: no barrier, no report, no scroll."""

from __future__ import annotations

import pytest

from tests.e2e.screens import EXPECTED, PAGES, path_of

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
async (tags) => (await axe.run(document, {runOnly: {type: "tag", values: tags}}))
  .violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`))
"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barrier_and_keeps_to_its_policy(window, axe, case_of, name):
    here = window(PAGES[name][0])
    assert here.visit(path_of(name, case_of)) == EXPECTED.get(name, 200)
    assert here.reports == []
    here.page.evaluate(axe)
    for scheme in ("light", "dark"):
        here.page.emulate_media(color_scheme=scheme)
        for width in (1280, 360):
            here.page.set_viewport_size({"width": width, "height": 900})
            assert here.overhang <= 0
            assert here.page.evaluate(RUN, TAGS) == [], (scheme, width)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_scrolls_sideways_on_320_pixels(window, case_of, name):
    here = window(PAGES[name][0], width=320)
    for language in ("nb", "nn", "en"):
        here.speak(language)
        here.visit(path_of(name, case_of))
        assert here.overhang <= 0, language
        assert here.page.locator("html").get_attribute("lang") == language
