"""Level 1: the engine's own HTTP/1.1 client; pure parts and the one connection that drives them."""

from trafficflou.http.cache import CachePolicy, Fresh, HttpCache, Revalidate
from trafficflou.http.connection import Connection, ConnectionOwner, FailureKind
from trafficflou.http.cookies import CookieJar
from trafficflou.http.decoding import ACCEPT_ENCODING, DecodingError, decode
from trafficflou.http.dialer import Dialer
from trafficflou.http.form_body import FilledForm, encode_form
from trafficflou.http.head import HeadCache, ProtocolViolation, ResponseHead, parse_head
from trafficflou.http.html import PageLinks, scan
from trafficflou.http.page_base import PageBase
from trafficflou.http.page_content import EMPTY_PAGE, Form, FormField, Link, PageContent, Place
from trafficflou.http.page_reader import read_page
from trafficflou.http.protocol import ResponseReader, ResponseTooLarge, Retention
from trafficflou.http.selector import Selector, SelectorError
from trafficflou.http.tls import make_tls_context
from trafficflou.http.url import Origin, Resolved, resolve

__all__ = [
    "ACCEPT_ENCODING",
    "EMPTY_PAGE",
    "CachePolicy",
    "Connection",
    "ConnectionOwner",
    "CookieJar",
    "DecodingError",
    "Dialer",
    "FailureKind",
    "FilledForm",
    "Form",
    "FormField",
    "Fresh",
    "HeadCache",
    "HttpCache",
    "Link",
    "Origin",
    "PageBase",
    "PageContent",
    "PageLinks",
    "Place",
    "ProtocolViolation",
    "Resolved",
    "ResponseHead",
    "ResponseReader",
    "ResponseTooLarge",
    "Retention",
    "Revalidate",
    "Selector",
    "SelectorError",
    "decode",
    "encode_form",
    "make_tls_context",
    "parse_head",
    "read_page",
    "resolve",
    "scan",
]
