"""Notices leave in an encrypted conversation, tell nothing, and keep their id."""

from __future__ import annotations

import typing
from base64 import b64encode
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import pytest

from api.addressing import Address, read_addresses
from api.complaints import CommandFailed
from api.mailing import ByFile, ByMail, Letterhead, MailServer
from api.pages.texts import LANGUAGES, reminders_in
from ledger.events.access import NoticeKind
from ledger.notifying import NoAddress, NotDelivered, Parcel
from tests.api.mail_server import HOST, mail_server

ID = UUID("00000000-0000-4000-8000-00000000abcd")
PATH = "/saker/00000000-0000-4000-8000-000000000001"
PARCEL = Parcel(ID, "p-1", "handover_offered", PATH)
PEOPLE = {"p-1": Address("p1@kommune.example", "nn")}
HEAD = Letterhead("stafettlogg@kommune.example", "https://logg.kommune.example")


def by_mail(server, folder: Path, **how: typing.Any) -> ByMail:
    how = {"security": "starttls", "trusted": folder / "mail.crt", **how}
    return ByMail(MailServer(HOST, server.port, **how), HEAD, PEOPLE)


def test_a_notice_says_that_something_waits_and_where(tmp_path):
    with mail_server(tmp_path) as server:
        by_mail(server, tmp_path).deliver(PARCEL)
    (message,) = server.messages
    assert message["To"] == "p1@kommune.example"
    assert message["From"] == "stafettlogg@kommune.example"
    assert message["Message-ID"] == f"<{ID}@kommune.example>"
    assert message["Subject"] == "Du er spurd om å ta over ein stafettpinne"
    lines = message.get_content().splitlines()
    assert f"https://logg.kommune.example{PATH}" in lines
    assert server.encrypted == [True]


def test_a_server_may_speak_tls_from_the_first_byte(tmp_path):
    with mail_server(tmp_path, at_once=True) as server:
        by_mail(server, tmp_path, security="tls").deliver(PARCEL)
    assert server.encrypted == [True]


def test_who_logs_in_does_so_encrypted(tmp_path):
    with mail_server(tmp_path) as server:
        by_mail(server, tmp_path, user="u", password="p").deliver(PARCEL)
    assert server.logins == [b64encode(b"\0u\0p")]


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path):
    with mail_server(tmp_path) as server, pytest.raises(NotDelivered):
        by_mail(server, tmp_path, trusted=None).deliver(PARCEL)
    assert server.messages == []


def test_a_notice_that_is_sent_twice_can_be_told_by_its_id(tmp_path):
    with mail_server(tmp_path) as server:
        for _ in range(2):
            by_mail(server, tmp_path).deliver(PARCEL)
    assert len({message["Message-ID"] for message in server.messages}) == 1


@pytest.mark.parametrize(
    ("answer", "raised"),
    [(b"550 no such person", NoAddress), (b"450 later", NotDelivered)],
)
def test_what_is_refused_for_good_is_not_tried_again(tmp_path, answer, raised):
    with mail_server(tmp_path) as server:
        server.answer = answer
        with pytest.raises(raised):
            by_mail(server, tmp_path).deliver(PARCEL)


def test_a_server_that_is_away_is_tried_again(tmp_path):
    with mail_server(tmp_path) as server:
        courier = by_mail(server, tmp_path)
    with pytest.raises(NotDelivered):
        courier.deliver(PARCEL)


def test_who_has_no_address_is_not_written_to(tmp_path):
    courier = ByMail(MailServer(HOST, 1), HEAD, {})
    with pytest.raises(NoAddress):
        courier.deliver(PARCEL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", typing.get_args(NoticeKind))
def test_every_kind_of_notice_has_words_in_every_language(kind, language):
    to = Address("p1@kommune.example", language)
    message = HEAD.message(Parcel(ID, "p-1", kind, PATH), to)
    assert message["Subject"] == reminders_in(language)(f"notice.{kind}")


def test_in_a_demo_a_notice_is_a_file_however_often_it_is_sent(tmp_path):
    courier = ByFile(tmp_path / "notices", HEAD, {})
    for _ in range(2):
        courier.deliver(PARCEL)
    (file,) = (tmp_path / "notices").iterdir()
    assert file.name == f"{ID}.eml"
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "p-1@invalid"


# --- addresses ------------------------------------------------------------------------


def people(folder: Path, text: str) -> Path:
    file = folder / "people.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_address_is_found_by_ref_and_speaks_the_persons_language(tmp_path):
    file = people(
        tmp_path,
        '[[person]]\nref = "p-1"\nemail = "p1@kommune.example"\nlanguage = "nn"\n'
        '[[person]]\nref = "p-2"\nname = "Test Uten Adresse"\n',
    )
    assert read_addresses(file) == PEOPLE


@pytest.mark.parametrize(
    "email", ["", "p-1", "a@b, c@d", "a@b\\nBcc: c@d", "<a@b>", "a b@c"]
)
def test_what_is_no_address_is_refused_and_not_repeated(tmp_path, email):
    file = people(tmp_path, f'[[person]]\nref = "p-1"\nemail = "{email}"\n')
    with pytest.raises(CommandFailed) as refused:
        read_addresses(file)
    assert refused.value.code == "PEOPLE_UNREADABLE"
    assert not email or email not in str(refused.value)


def test_people_who_cannot_be_read_are_told_of(tmp_path):
    with pytest.raises(CommandFailed):
        read_addresses(tmp_path / "nobody.toml")
