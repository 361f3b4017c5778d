"""Every page there is, and who looks at it."""

from __future__ import annotations

PAGES = {
    "start": (None, "/"),
    "people": (None, "/prov"),
    "help": (None, "/hjelp"),
    "statement": (None, "/tilgjengelighet"),
    "cases": ("dag", "/saker"),
    "no-cases": ("adam", "/saker"),
    "case-a": ("ane", "/saker/{a}"),
    "case-c-past": ("cecilie", "/saker/{c}?slik=22.10.2025"),
    "case-c-vacant": ("cecilie", "/saker/{c}?slik=01.08.2025"),
    "case-d": ("dina", "/saker/{d}"),
    "case-guardian": ("cathrine", "/saker/{c}"),
    "wrong-date": ("cecilie", "/saker/{c}?slik=tull&kjent=31.02.2025"),
    "timeline": ("cecilie", "/saker/{c}/tidslinje?apen=23"),
    "timeline-shielded": (
        "dag",
        "/saker/{d}/tidslinje?vis=alt&rekkefolge=nyest&apen=5",
    ),
    "entry": ("cecilie", "/saker/{c}/oppforing/23"),
    "chronology": ("cecilie", "/saker/{c}/kronologi?slik=16.01.2026"),
    "papers": ("cecilie", "/saker/{c}/papir"),
    "paper-plan": ("cecilie", "/saker/{c}/papir/tiltaksplan"),
    "paper-consent": ("ane", "/saker/{a}/papir/samtykke"),
    "paper-shielded": ("dina", "/saker/{d}/papir/melding"),
    "granted": ("tor", "/tilsyn"),
    "supervision": ("tor", "/tilsyn/{c}"),
    "supervision-past": ("tor", "/tilsyn/{c}?slik=14.03.2025"),
    "not-found": ("cecilie", "/saker/00000000-0000-0000-0000-000000000000"),
}
EXPECTED = {"wrong-date": 422, "not-found": 404}


def path_of(name: str, case_of) -> str:
    """The address of a page, with the ids of the sample cases in it."""
    path = PAGES[name][1]
    for label in "acd":
        path = path.replace(f"{{{label}}}", case_of(label))
    return path
