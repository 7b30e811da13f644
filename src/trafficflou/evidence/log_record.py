"""One request as an access log tells it."""

__all__ = ["LogRecord"]


class LogRecord:
    """A parsed line; a plain class because half a million of them are made in seconds."""

    __slots__ = (
        "address",
        "agent",
        "at_s",
        "body_bytes",
        "method",
        "referrer",
        "status",
        "target",
        "utc_offset_s",
    )

    def __init__(
        self,
        address: str,
        agent: str | None,
        at_s: int,
        utc_offset_s: int,
        method: str,
        target: str,
        status: int,
        body_bytes: int,
        referrer: str,
    ) -> None:
        """Hold the fields of one line.

        Args:
            address: The client's address or host name, as written.
            agent: The `User-Agent`; `""` where the client sent none, `None` where the format does not log it.
            at_s: Seconds since the Unix epoch, whole, as logs have them.
            utc_offset_s: Offset of the log's clock, seconds east of UTC.
            method: `GET`, `POST`, ...; `""` where the request was not HTTP (`-`, a TLS greeting, junk).
            target: The request target with its query, one character a byte (Latin-1).
            status: HTTP status, three digits.
            body_bytes: Size of the response body; -1 where the log has `-`.
            referrer: The `Referer`; `""` where there was none.
        """
        self.address = address
        self.agent = agent
        self.at_s = at_s
        self.utc_offset_s = utc_offset_s
        self.method = method
        self.target = target
        self.status = status
        self.body_bytes = body_bytes
        self.referrer = referrer
