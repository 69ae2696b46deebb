"""S3's XML: bounded reading of requests, writing of answers from plain mappings.

Place in the flow: the only module of the S3 interface that knows about XML. One cost: an answer is built in memory,
which a listing's limit of 1000 entries bounds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import BinaryIO
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Response

from local.api_errors import ApiError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
MAX_XML_BYTES = 2 << 20
# What XML 1.0 cannot hold, not even escaped.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(body: BinaryIO) -> ET.Element:
    """The document's root, its tags without their namespace.

    Raises:
        ApiError: MalformedXML; documents that declare types or entities are refused, too.
    """
    text = bytearray()
    while chunk := body.read(MAX_XML_BYTES):
        text += chunk
        if len(text) > MAX_XML_BYTES:
            raise ApiError("MalformedXML", f"The XML is larger than {MAX_XML_BYTES} bytes.", 400)
    # An encoding without this ASCII text would hide a declaration: S3 speaks UTF-8 only.
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text:
        raise ApiError("MalformedXML", "The XML declares a document type or is not UTF-8.", 400)
    try:
        root = ET.fromstring(bytes(text))  # noqa: S314 - bounded, and declarations are refused above
    except (ET.ParseError, LookupError, ValueError) as error:
        raise ApiError("MalformedXML", "The XML you provided was not well-formed.", 400) from error
    for element in root.iter():
        element.tag = element.tag.rsplit("}", 1)[-1]
    return root


def answer(name: str, body: Mapping[str, object], status: int = 200) -> Response:
    """A response: lists repeat their element, mappings nest, everything else is text."""
    root = ET.Element(name, {} if name == "Error" else {"xmlns": NAMESPACE})
    _fill(root, body)
    text = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(text, status, content_type="application/xml")


def timestamp(seconds: float) -> str:
    """S3's spelling of a moment."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _fill(element: ET.Element, body: Mapping[str, object]) -> None:
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            child = ET.SubElement(element, name)
            if isinstance(item, Mapping):
                _fill(child, item)
            else:
                child.text = _UNPRINTABLE.sub("\ufffd", str(item))
