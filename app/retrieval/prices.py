"""What providers ask for their models, in US dollars for a million tokens, as published on 1 October 2026.

A model that is not listed runs all the same; its cost is unknown (None), never zero.
"""

import re
from decimal import Decimal

_MILLION = Decimal(1_000_000)
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")

# model: (tokens in, tokens out). A dated name ("gpt-4.1-2025-04-14") costs what the name before its date does.
PRICES: dict[str, tuple[Decimal, Decimal]] = {
    "gpt-4.1": (Decimal("2.00"), Decimal("8.00")),
    "gpt-4.1-mini": (Decimal("0.40"), Decimal("1.60")),
    "gpt-4.1-nano": (Decimal("0.10"), Decimal("0.40")),
    "gpt-4o": (Decimal("2.50"), Decimal("10.00")),
    "gpt-4o-mini": (Decimal("0.15"), Decimal("0.60")),
    "text-embedding-3-small": (Decimal("0.02"), Decimal(0)),
    "text-embedding-3-large": (Decimal("0.13"), Decimal(0)),
}
# Reranking is priced by the search (one question with up to 100 documents), not by tokens.
SEARCH_PRICES: dict[str, Decimal] = {"rerank-v3.5": Decimal("0.002")}


def cost(model: str, tokens_in: int, tokens_out: int) -> Decimal | None:
    """US dollars for one call, None where the model's price is not known."""
    price = PRICES.get(_DATE.sub("", model))
    if price is None:
        return None
    return (price[0] * tokens_in + price[1] * tokens_out) / _MILLION


def search_cost(model: str) -> Decimal | None:
    """US dollars for one rerank call, None where the model's price is not known."""
    return SEARCH_PRICES.get(model)


def most(model: str, tokens_in: int, tokens_out: int) -> Decimal:
    """What a call can cost at most, for ceilings: the dearest known price stands in for one that is not known."""
    known = cost(model, tokens_in, tokens_out)
    return max(cost(name, tokens_in, tokens_out) or Decimal(0) for name in PRICES) if known is None else known


def most_search(model: str) -> Decimal:
    """`most` for a rerank call."""
    return SEARCH_PRICES.get(model, max(SEARCH_PRICES.values()))
