"""Reads the words out of a mail as it was saved or piped, whatever they were encoded as."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from html.parser import HTMLParser


def words_of(data: bytes) -> str:
    """The subject and the texts of a mail, without the tags of those in HTML.

    Bytes that are no mail, or one without a text, come back as text. What cannot be decoded is
    replaced.
    """
    mail = message_from_bytes(data.lstrip())
    if "content-type" in mail or "content-transfer-encoding" in mail:
        texts = list(_texts(mail))
        if any(texts):
            return "\n\n".join([str(mail["subject"]), *texts])
    return data.decode("utf-8", "replace")


def _texts(part: Message) -> Iterator[str]:
    if part.is_multipart():
        inner = part.get_payload()
        parts = [one for one in inner if isinstance(one, Message)]
        plain = [one for one in parts if one.get_content_type() == "text/plain"]
        alternative = part.get_content_subtype() == "alternative"
        for one in plain if alternative and plain else parts:
            yield from _texts(one)
    elif part.get_content_maintype() == "text":
        text = _decoded(part)
        yield _untagged(text) if part.get_content_subtype() == "html" else text


def _decoded(part: Message) -> str:
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    try:
        return data.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a character set that nobody knows
        return data.decode("latin-1")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def _untagged(text: str) -> str:
    words = _Words()
    words.feed(text)
    words.close()
    return "".join(words.found)
