"""The light reader of event streams: the same events however the network cuts them."""

import pytest

from app.errors import ProviderGarbage
from app.retrieval.event_data import MOST_BYTES, EventData

EVENTS = (
    b': hello\n\ndata: {"a": "\xe0\xa4\x95"}\n\nevent: x\r\nid: 1\r\ndata:two\r\n\r\n'
    b"data: three\rdata:  lines\r\r\ndata: [DONE]\n\ndata: no end\n"
)
FOUND = [b'{"a": "\xe0\xa4\x95"}', b"two", b"three\n lines", b"[DONE]"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_however_they_are_cut(size: int) -> None:
    reader = EventData()
    assert [event for at in range(0, len(EVENTS), size) for event in reader.feed(EVENTS[at : at + size])] == FOUND


@pytest.mark.parametrize("piece", [b"x" * 1000, b"data: " + b"x" * 1000, b"data: " + b"x" * 1000 + b"\n"])
def test_an_event_without_an_end_is_given_up(piece: bytes) -> None:
    reader = EventData()
    for _ in range(MOST_BYTES // len(piece)):
        assert reader.feed(piece) == []
    with pytest.raises(ProviderGarbage):
        reader.feed(piece * 7)
