"""Numbers with their nouns, as people read them."""


def amount(number: int, noun: str) -> str:
    """As in "1 chunk" and "5,582 tokens"; `noun` is one whose plural takes an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
