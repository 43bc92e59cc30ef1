"""Classes of words that exclude each other: saying one side where the source says the other is an error.

A class is a line; its sides stand between bars. Words of one side count as equal. Sides are compared at the place that
the sentence's other words point to, never over a whole passage, where both may occur.
"""

import re
from functools import cache

_CLASSES_TEXT = """
direction: increase increased increases increasing rise rises rose risen rising raise raised raises grow grew grows
  grown growing growth gain enlarge enlarged enlarges expand expanded expands widen widened heighten heightened
  strengthen strengthened strengthens improve improved improves boost boosted boosts accelerate accelerates
  accelerated upward upwards | decrease decreased decreases decreasing fall falls fell fallen falling reduce reduced
  reduces reducing reduction lower lowered lowers lowering decline declined declines declining shrink shrank shrunk
  shrinks narrow narrowed weaken weakened weakens worsen worsened worsens diminish diminished diminishes slow slows
  slowed downward downwards
degree: more greater higher larger longer bigger exceed exceeds exceeded exceeding excess | less fewer lower smaller
  shorter
size: large big huge vast major | small little tiny minor
height: high higher highest | low lower lowest
length: long longer longest | short shorter shortest
age: old older oldest | new newer newest young younger youngest
ends: begin begins began begun beginning start starts started starting commence commences commenced launched opening
  opens opened | end ends ended ending cease ceases ceased lapse lapses lapsed expire expires expired conclude
  concluded terminate terminated stop stopped stops closing closes closed
warmth: warm warmer hot hotter heats heat warms | cold colder cool cooler cools
moisture: wet wetter moist humid rainy | dry drier arid
purse: surplus profit | deficit loss
trade: export exports exported exporting | import imports imported importing
lending: lend lends lent lender lenders creditor creditors | borrow borrows borrowed borrower borrowers debtor debtors
buying: buy buys bought purchase purchases | sell sells sold sale
money: income revenue receipts | expenditure spending
revenue: revenue current | capital
tax: direct | indirect
levels: union central centre federal | state states provincial
nature: elected elect elects election | appointed appoint appoints appointment nominated nominate nominates nomination
  | removed remove removes removal dismissed dismiss dismisses impeached impeachment
duty: compulsory mandatory obligatory obliged | optional voluntary discretionary discretion
binding: binding enforceable justiciable | advisory unenforceable non-justiciable non-binding
permission: allow allows allowed permit permits permitted permitting enables enable enabled lets | forbid forbids
  forbidden bar bars barred prohibit prohibits prohibited ban bans banned prevent prevents prevented disallow
  disallows disallowed
verdict: upheld uphold upholds affirmed affirm affirms valid validated | struck strike invalidated invalid void
  unconstitutional quashed overturned overruled rejected
making: create creates created creating establish establishes established constituted constitute introduce introduced
  introduces insert inserted inserts enact enacted | abolish abolished abolishes abolition scrap scrapped repeal
  repealed repeals delete deleted omitted omit removed dissolved dissolve annulled
support: support supports supported favour favoured favours accept accepted accepts approve approved approves welcomed
  endorsed endorse joined agreed | oppose opposed opposes reject rejected rejects refuse refused refuses criticised
  disapprove disapproved disapproves boycotted condemned resigned disagreed
house: lok | rajya
house_order: first | second
majority: simple ordinary | special | absolute | two-thirds | unanimous unanimously
review: prospective prospectively | retrospective retrospectively retroactive
bound: atleast minimum | atmost maximum
most: most majority mostly mainly usually largely generally predominantly chiefly | few rarely seldom minority
common: often frequently common commonly | rarely seldom rare
directness: directly direct | indirectly indirect
publicness: public | private
openness: open public | secret closed
compass_ns: north northern northward northwards north-east north-west | south southern southward southwards south-east
  south-west
compass_ew: east eastern eastward eastwards easterly easterlies | west western westward westwards westerly westerlies
quarters: north-east north-eastern northeast northeastern | north-west north-western northwest northwestern |
  south-east south-eastern southeast southeastern | south-west south-western southwest southwestern
banks: left | right
turning: clockwise | anticlockwise counterclockwise anti-clockwise counter-clockwise
depth: upper surface | lower deep bottom
inout: internal domestic inner inside | external foreign outer outside
inflow: inflow inflows inward | outflow outflows outward
latitude: tropical equatorial tropics equator | polar pole poles temperate
permanence: permanent perennial permanently | temporary temporarily seasonal
life: birth born | death died dies die
written: written | unwritten oral verbal
federal: federal | unitary
rigidity: rigid | flexible
house_kind: legislative legislature | executive | judicial judiciary
place: rural village villages | urban city cities town towns
sex: men man male father husband sons son | women woman female mother wife daughters daughter
gross: gross | net
rate: maximum most | minimum least
limit: maximum ceiling upper | minimum floor lower
first: first earliest | last latest final
solid: solid | liquid | gas gaseous
charge: positive positively | negative negatively
fusion: fission | fusion
renewal: renewable | non-renewable nonrenewable
fast: speed speeds sped accelerate accelerates fast faster quick quicker rapid rapidly quickly | slow slower slowly
strong: strong stronger strongest strengthens | weak weaker weakest weakens
light: light lighter | heavy heavier
hardness: hard | soft
rich: rich richer richest wealthy | poor poorer poorest
easy: easy easier easily | difficult hard harder
war: war | peace
moderate: moderate moderates | extremist extremists radical
guilt: guilty convicted conviction | innocent acquitted acquittal
civil: civil | criminal
formal: formal organised | informal unorganised unorganized
centralised: centralised centralized centralisation centralization | decentralised decentralized decentralisation
original: original | appellate | advisory
means: ends end | means
active: active | passive
kind: primary | secondary | tertiary
same: same identical equal alike | different distinct unequal
together: joint jointly together | separate separately
winner: won victory victorious wins defeated | lost defeat loses
fullness: absolute unlimited unrestricted | limited qualified restricted
presence: present presence | absent absence
success: succeed succeeded success successful | fail failed fails failure unsuccessful
approval: assent assented consent | veto withheld withhold withholds
leave: join joined enter entered | leave left exit withdrew withdrawn
"""


@cache
def _sides() -> dict[str, tuple[tuple[str, int], ...]]:
    table: dict[str, list[tuple[str, int]]] = {}
    for line in _CLASSES_TEXT.replace("\n  ", " ").strip().splitlines():
        name, _, rest = line.partition(":")
        for number, side in enumerate(rest.split("|")):
            for word in side.split():
                table.setdefault(word, []).append((name, number))
    return {word: tuple(sides) for word, sides in table.items()}


def sides(low: str) -> tuple[tuple[str, int], ...]:
    """The classes that a lower-case word belongs to, each with its side."""
    return _sides().get(low, ())


# Claims of rank or exclusiveness: the source must make one of the same family. Lines are families.
_RANKS_TEXT = """
first earliest oldest began begun pioneer pioneering pioneered initial initially inaugural original inaugurated founding
earliest oldest pioneer before until
last latest final finally end ended
only sole solely alone exclusively exclusive limited restricted confined single nothing must merely just apart
largest biggest greatest main chief most maximum leading highest widest major larger
smallest least fewest minimum lowest smaller
highest tallest most maximum peak top supreme peaked above
lowest least minimum bottom
longest long longer
shortest
fastest quickest
deepest deep
best
worst
richest
poorest
youngest
supreme highest
never
always every all whenever each
unanimously unanimous
"""
_RANK_TRIGGERS = frozenset(
    [
        "earliest",
        "oldest",
        "pioneer",
        "sole",
        "solely",
        "exclusively",
        "largest",
        "biggest",
        "greatest",
        "smallest",
        "fewest",
        "highest",
        "tallest",
        "lowest",
        "longest",
        "shortest",
        "fastest",
        "quickest",
        "deepest",
        "worst",
        "richest",
        "poorest",
        "youngest",
        "unanimously",
        "always",
    ]
)


@cache
def _families() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _RANKS_TEXT.strip().splitlines():
        family = line.split()
        for word in family:
            table.setdefault(word, set()).update(family)
    return {word: frozenset(family) for word, family in table.items()}


def rank_family(low: str) -> frozenset[str]:
    """For a word that claims a rank ("largest", "only"): the words that a source may claim it with; else nothing."""
    return _families()[low] if low in _RANK_TRIGGERS else frozenset()


_NEGATIVE = re.compile(
    r"^(?:not|no|independently|irrespective|regardless|never|nor|neither|cannot|without|none|nothing|nobody|.{2,6}n't)$",
)
# Words that deny without a negation of their own: they may stand where the other text has "not".
_DENYING_TEXT = """
except excluding excludes excluded exclude unless until only bar bars barred prohibit prohibits prohibited prohibition
prohibiting forbid forbids forbidden ban bans banned void lack lacks lacked lacking absence absent refuse refused
refuses refusal reject rejected rejects deny denied denies denial fail failed fails failure prevent prevents prevented
beyond outside out exempt exempts exempted exemption free immune immunity unable illegal cease ceases ceased lapse
lapses lapsed stop stops stopped rarely hardly seldom nothing instead rather few little abolish abolished abolishes
removed withdraw withdrawn lose loses lost repealed nominal voluntary avoid avoids avoided nil short unlike non
non-justiciable non-binding restrict restricted restricts limit limits limited merely despite though although
"""
_PREFIXED = re.compile(
    r"non-|un(?!der|ion|it|iv|iq|iform|anim|less|til|to|ic)[a-z]{5,}|ill?egal|irre[a-z]{4,}|imposs|immun|dis(?:qual|appro|allow|regard|"
    r"contin|miss|agree|appear|solv|charg)|in(?:elig|valid|justic|capa|consist|effect|suffic|abil|adequ|complet)"
)
_DENYING = frozenset(_DENYING_TEXT.split())


def negates(low: str) -> bool:
    """Whether a lower-case word is a plain negation."""
    return _NEGATIVE.match(low) is not None


def denies(low: str) -> bool:
    """Whether a lower-case word may do the work of a negation."""
    return low in _DENYING or negates(low) or _PREFIXED.match(low) is not None


def holds_negation(low: str) -> bool:
    """Whether a word denies by its own beginning: "ineligible", "non-binding"."""
    return _PREFIXED.match(low) is not None
