"""Inline SVG, made by hand: the evaluation environment needs no drawing library. Every text is escaped."""

from collections.abc import Mapping, Sequence
from html import escape

_LEFT, _WIDTH, _ROW = 190, 430, 26
_OURS, _BAD, _MARK = "#1b5e8a", "#b3392f", "#333"


def bars(rows: Sequence[tuple[str, float, float, float, float | None, float | None]], label: str) -> str:
    """Horizontal bars from 0 to 1: (name, value, low, high, limit, baseline) each; a bar under its limit is red."""
    height = _ROW * len(rows) + 26
    parts = [_opening(_LEFT + _WIDTH + 70, height, label)]
    for place in range(0, 11, 2):
        x = _x(place / 10)
        parts.append(f'<line x1="{x}" y1="0" x2="{x}" y2="{height - 22}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{height - 8}" text-anchor="middle" class="axis">{place / 10:g}</text>')
    for number, row in enumerate(rows):
        parts += _bar(number * _ROW + 3, *row)
    return "".join([*parts, "</svg>"])


def grid(columns: Sequence[str], rows: Mapping[str, Mapping[str, float] | None], label: str) -> str:
    """A table of cells coloured from red (.5 or less) to green (1); a row of None is unmeasured."""
    cell, head = 74, 96
    width, height = _LEFT + cell * len(columns) + 10, head + _ROW * len(rows) + 6
    parts = [_opening(width, height, label)]
    for number, name in enumerate(columns):
        x = _LEFT + cell * number + cell / 2
        parts.append(f'<text transform="translate({x},{head - 8}) rotate(-35)" class="axis">{escape(name)}</text>')
    for number, (name, values) in enumerate(rows.items()):
        y = head + number * _ROW
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(name)}</text>')
        if values is None:
            parts.append(f'<text x="{_LEFT + 8}" y="{y + 17}" class="axis">unmeasured: fewer than 20 items</text>')
            continue
        for place, column in enumerate(columns):
            parts += _cell(_LEFT + cell * place, y, cell, values.get(column))
    return "".join([*parts, "</svg>"])


def _opening(width: float, height: float, label: str) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg {size} role="img" aria-label="{escape(label)}">'


def _x(value: float) -> float:
    return round(_LEFT + _WIDTH * min(1.0, max(0.0, value)), 1)


def _bar(
    y: float, name: str, value: float, low: float, high: float, limit: float | None, before: float | None
) -> list[str]:
    colour = _BAD if limit is not None and value < limit else _OURS
    middle = y + 10
    parts = [
        f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{_LEFT}" y="{y + 2}" width="{_x(value) - _LEFT}" height="16" fill="{colour}"/>',
        f'<line x1="{_x(low)}" y1="{middle}" x2="{_x(high)}" y2="{middle}" stroke="#fff" stroke-width="2"/>',
        f'<text x="{_LEFT + _WIDTH + 8}" y="{y + 14}">{value:.3f}</text>',
    ]
    if limit is not None:
        parts.append(f'<line x1="{_x(limit)}" y1="{y - 2}" x2="{_x(limit)}" y2="{y + 22}" stroke="{_MARK}" '
                     'stroke-width="2"/>')  # fmt: skip
    if before is not None:
        parts.append(f'<circle cx="{_x(before)}" cy="{middle}" r="4" fill="#f2b134" stroke="{_MARK}"/>')
    return parts


def _cell(x: float, y: float, width: float, value: float | None) -> list[str]:
    if value is None:
        return []
    hue = round(120 * min(1.0, max(0.0, (value - 0.5) * 2)))
    return [
        f'<rect x="{x + 1}" y="{y + 1}" width="{width - 2}" height="{_ROW - 2}" fill="hsl({hue},55%,78%)"/>',
        f'<text x="{x + width / 2}" y="{y + 17}" text-anchor="middle">{value:.2f}</text>',
    ]
