"""A reader of `text/event-stream` for streams of many small events: bytes in, the data of whole events out."""

from app.errors import ProviderGarbage

# One event of an answer has some 300 bytes; who sends this much without its end does not speak the protocol.
MOST_BYTES = 1_000_000


class EventData:
    """Bytes as they come from the network, cut anywhere. Events' names, ids, comments and retry times are left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._held = 0

    def feed(self, received: bytes) -> list[bytes]:
        """The data of the events that `received` completed, oldest first; several data lines are joined by LF.

        Raises:
            ProviderGarbage: an event is larger than MOST_BYTES.
        """
        lines = (self._rest + received).splitlines(keepends=True)
        # A line may go on, and a CR at the end may be half of its end.
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        found = []
        for line in lines:
            if line.startswith(b"data:"):
                value = line[5:].rstrip(b"\r\n")
                self._data.append(value.removeprefix(b" "))
                self._held += len(value)
            elif line in (b"\n", b"\r\n", b"\r") and self._data:
                found.append(b"\n".join(self._data))
                self._data, self._held = [], 0
        if len(self._rest) + self._held > MOST_BYTES:
            raise ProviderGarbage("the provider's event does not end")
        return found
