"""A document in each format, and back: its visible text by lines, and the seal that it carries.

The same document gives the same bytes. What a format needs is loaded with its first document.
"""

from console.reports import html, markdown, pdf
from console.reports.document import Document
from console.reports.kinds import Format


def render(document: Document, form: Format) -> bytes:
    """The document as a whole file. Raises `ValueError` where a PDF cannot be set."""
    match form:
        case "md":
            return markdown.render(document).encode()
        case "html":
            return html.render(document).encode()
        case "pdf":
            return pdf.render(document)


def seal_of(data: bytes, form: Format) -> str:
    """The seal that the file carries. Raises `ValueError`: it has none, several, or is damaged."""
    match form:
        case "md":
            return markdown.seal_of(data)
        case "html":
            return html.seal_of(data)
        case "pdf":
            return pdf.seal_of(data)


def text_lines(data: bytes, form: Format) -> list[str]:
    """What a reader sees, line by line and without empty lines; of Markdown its source.

    Raises `ValueError` where it cannot be read.
    """
    match form:
        case "md":
            return [line for line in data.decode("utf-8", "replace").splitlines() if line.strip()]
        case "html":
            return html.text_lines(data)
        case "pdf":
            return pdf.text_lines(data)
