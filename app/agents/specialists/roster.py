"""Which specialist answers which intent."""

from app.agents.answer import Intent
from app.agents.specialists.current_affairs import CurrentAffairs
from app.agents.specialists.essay import Essay
from app.agents.specialists.factual import Factual
from app.agents.specialists.pyq import PastPapers
from app.agents.specialists.specialist import Specialist

_ROSTER: dict[Intent, Specialist] = {one.intent: one for one in (Factual(), PastPapers(), Essay(), CurrentAffairs())}


def of(intent: Intent) -> Specialist:
    """The specialist of an intent."""
    return _ROSTER[intent]
