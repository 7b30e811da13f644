"""What usually lies behind a kind of error and behind the phase in which requests lose their time."""

from typing import Final

__all__ = ["ERROR_CAUSES", "PHASE_CAUSES"]

ERROR_CAUSES: Final = (
    (
        "connect_refused",
        "The site's port did not accept connections: the server was down, restarting, or its backlog was full.",
    ),
    (
        "connect_timeout",
        "Connections were not accepted in time: a full backlog, or something in between that drops packets.",
    ),
    ("connect_failed", "Connections could not be made: an address, a route or a limit of open sockets."),
    (
        "timeout",
        "The server took longer than the request's limit: exhausted workers, a lock, or a slow query.",
    ),
    ("reset", "The server or a proxy broke connections off, as crashing or overloaded workers do."),
    (
        "closed_early",
        "Connections ended in the middle of an answer: a worker's crash, or a proxy's limit of time or size.",
    ),
    ("tls", "TLS handshakes failed: a certificate, a protocol version, or an overloaded terminator."),
    ("http_429", "A rate limit of the site or of something in front of it was reached."),
    (
        "http_503",
        "Something said that it was overloaded: a pool, a queue or an upstream without free places.",
    ),
    ("http_502", "A proxy got no valid answer from the application: it crashed or closed idle connections."),
    ("http_504", "A proxy waited in vain for the application: the time is lost behind the proxy."),
    ("http_5", "The application failed while it handled requests; its own log names the fault."),
    ("http_4", "Requests were refused: data that the test needs may be missing, or sessions were lost."),
)
PHASE_CAUSES: Final = {
    "first_byte": (
        "the server was thinking",
        "Work on the server before it answers: queries, locks, a full worker pool.",
        "Trace one slow request on the server, then run again with half of the visitors.",
    ),
    "connect": (
        "connections were slow to open",
        "A full accept queue, or connections that are not kept alive.",
        "Look at the listen queue and at keep-alive settings; run again with keep-alive on.",
    ),
    "tls": (
        "TLS handshakes were slow",
        "CPU of the TLS terminator, or sessions that are not resumed.",
        "Watch the terminator's CPU; run again with session resumption.",
    ),
    "download": (
        "answers were slow to arrive",
        "Large answers, a full network link, or a server that streams slowly.",
        "Look at the sizes of the slowest templates and at compression; run again with the files cached.",
    ),
    "blocked": (
        "requests waited for a free connection",
        "Too few connections for the files of a page.",
        "Try HTTP/2 on the site, or fewer files on a page.",
    ),
}
