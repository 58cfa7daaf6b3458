"""An anchor is found in a mail however that was encoded; the mails are made by the library."""

from email.message import EmailMessage

import pytest

from console.journal.chain import Mark
from console.journal.heads import Heads, anchor, parse_anchors
from console.journal.mail import words_of

LINE = anchor(Heads("0f3a9c5e12345678", "2026-11-26T09:50:00Z", {"host-1": Mark(7, "ab" * 32)}))
TEXT = f"Grüße,\n\n{LINE}\n\nDana\n"
HTML = f"<p>Grüße,<br><b>{LINE[:40]}</b><wbr>{LINE[40:]}</p>"


def _mail(text: str = TEXT, cte: str = "base64", kind: str = "plain") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "where it stands"
    mail["From"] = "dana@example.org"
    mail.set_content(text, subtype=kind, cte=cte)
    return mail


def _held(mail: EmailMessage) -> EmailMessage:
    """A mail forwarded as an attachment of another."""
    outer = _mail("see below\n")
    outer.add_attachment(mail)
    return outer


def _both() -> EmailMessage:
    mail = _mail()
    mail.add_alternative(HTML.replace("<wbr>", "and so on "), subtype="html", cte="base64")
    return mail


def _footed() -> EmailMessage:
    mail = _mail(HTML, kind="html")
    mail.make_mixed()
    mail.add_attachment("You get this because you are on a list.\n", cte="base64")
    return mail


@pytest.mark.parametrize(
    "mail",
    [
        _mail(),
        _mail(cte="quoted-printable"),
        _mail(cte="8bit"),
        _mail(HTML, kind="html"),
        _held(_mail()),
        _both(),
        _footed(),
    ],
)
def test_an_anchor_is_found_in_any_encoding(mail: EmailMessage) -> None:
    for data in (mail.as_bytes(), b"\n" + mail.as_bytes().replace(b"\n", b"\r\n")):
        (one,) = parse_anchors(words_of(data))
        assert one.digest == "ab" * 32


def test_an_anchor_in_the_subject_is_found() -> None:
    data = _mail("see the subject\n").as_bytes().replace(b"where it stands", LINE.encode())
    assert parse_anchors(words_of(data))[0].entries == 7


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("latin-1"),
        f"Content-Type: multipart/mixed\n\n{LINE}".encode(),
        f"Content-Type: text/plain; charset=nobody's\n\n{LINE}".encode(),
    ],
)
def test_what_is_no_mail_or_a_bad_one_stays_the_text(data: bytes) -> None:
    assert parse_anchors(words_of(data))[0].entries == 7
