"""Words of a text, with what is compared of them: a crude stem, the clause they stand in, whether they carry content.

The stem is coarser than search would want (it joins "appointed" and "appointment"): it only lines sentences up. Facts
are compared by exact values, in the modules beside this one.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:[-'’.&/][^\W_]+)*|[%₹$]|[,;:()—–.]")
_BREAKS = frozenset(",;:()—–")
_BREAK_WORDS = frozenset(
    [
        "while",
        "whereas",
        "but",
        "although",
        "though",
        "because",
        "which",
        "who",
        "whom",
        "when",
        "where",
        "if",
        "unless",
        "until",
    ]
)
# These may join clauses or only words: half a boundary.
_JOINTS = frozenset(["and", "or", "but"])
_FUNCTION_TEXT = """
a an the this that these those it its they them their he him his she her hers we our you your i my me us
is are was were be been being am has have had having do does did done will would shall should can could may might must
of in on at by for from to with into onto upon about as per via within through during between among against over under
and or nor but so yet if then than though although while whereas because since when where which who whom whose what
how why there here also too only not no never neither cannot without just even such same other another any some each
every all both either more most less least very much many few several own out up down off again further once before
after above below until unless except however therefore thus hence moreover instead rather
one two three four five six seven eight nine ten s t
atleast atmost namely called known whatever whoever whichever whenever wherever including include
includes included like"""
FUNCTION = frozenset(_FUNCTION_TEXT.split())
_IRREGULAR_TEXT = """
held:hold gave:give given:give led:lead began:begin begun:begin wrote:write written:write chose:choose chosen:choose
took:take taken:take made:make built:build fought:fight won:win became:become rose:rise risen:rise fell:fall
fallen:fall grew:grow grown:grow drew:draw drawn:draw broke:break broken:break brought:bring bought:buy sent:send
spent:spend kept:keep left:leave lost:lose met:meet paid:pay said:say sold:sell stood:stand sought:seek taught:teach
told:tell thought:think ran:run came:come went:go gone:go saw:see seen:see knew:know known:know women:woman men:man
children:child flew:fly flowed:flow struck:strike overcame:overcome underwent:undergo laid:lay lay:lie died:death
dies:death die:death dead:death lies:lie fed:feed froze:freeze frozen:freeze sank:sink sunk:sink better:good best:good
larger:large largest:large higher:high highest:high lower:low lowest:low heavier:heavy decision:decide
decisions:decide division:divide suspension:suspend extension:extend expansion:expand birth:born life:live lives:live
lived:live growth:grow loss:lose sale:sell flight:fly choice:choose proof:prove proven:prove belief:believe
thirds:third indian:india indians:india british:britain chinese:china french:france dutch:netherlands german:germany
japanese:japan american:america european:europe irish:ireland english:england greek:greece spanish:spain
portuguese:portugal turkish:turkey swiss:switzerland bengali:bengal punjabi:punjab twothirds:third died:death
advice:advise advises:advise
governor:gubernat governors:gubernat commissioner:commissar commissioners:commissar legislator:lawmaker
legislators:lawmaker judgment:verdict judgement:verdict judgments:verdict"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_TEXT.split())
_ENDINGS_TEXT = """
    ational ations ation itions ition tions tion sions sion ments ment nesses ness ities ity ances ance ences ence
    ically ally ables able ibles ible ively ives ive izing ising ized ised izes ises ize ise ishes ished ishing ish
    ings ing edly eds ed ers er ors or isms ism ists ist ants ant ents ent als al ful less ly ies ied es s e y"""
_ENDINGS = sorted(_ENDINGS_TEXT.split(), key=len, reverse=True)
_SYNONYMS_TEXT = """
end cease lapse expire terminate stop conclude | begin start commence launch initiate inaugurate open
create establish found constitute form institute setup | need require necessary must compulsory mandatory
allow permit empower enable authorise authorize let entitle | forbid bar prohibit ban prevent stop outlaw disallow
give grant confer provide vest bestow offer award | increase raise rise grow enlarge expand widen climb enhance
reduce cut decrease fall decline drop shrink diminish lessen | stay remain continue last keep persist
term tenure period duration | pay salary wage | house chamber | judge justice | law statute legislation enactment
buy purchase | show reveal demonstrate indicate | big large huge vast | main chief principal major primary key leading
aim goal objective purpose target intend | state say declare hold lay announce pronounce proclaim affirm rule
replace substitute supersede supplant | join merge unite combine amalgamate | divide split separate partition
help assist aid support | poor weak | strong powerful | rich wealthy | old aged age | lead head chair preside command
protect safeguard guard preserve | damage harm hurt destroy | cause lead bring result produce trigger yield
abolish scrap repeal remove annul cancel end | approve ratify pass adopt endorse assent clear
change alter amend modify | revise | kill assassinate murder | capital seat headquarters | quick fast rapid swift
near close adjacent | area region zone territory | people person human individual | citizen national | city town
write author pen compose draft | fight battle war | victory win triumph | defeat beat overthrow
king ruler emperor monarch | obtain get receive acquire secure gain | happen occur take place
consider examine review scrutinise study | ask seek request demand call | use utilise employ apply
make produce manufacture | send dispatch submit present forward lay | meet convene assemble sit summon
resign quit step | serve work act function | contain hold comprise include consist | reach arrive attain achieve hit
go move travel flow run | believe think view regard | refuse reject decline deny
explain describe define mean denote refer | name title call term | part portion share
deal concern relate cover address | money fund | nearly about around approximately roughly some | twice double
yearly annual annually year | publish issue release | found discover find | teach educate | learn study | child kid
woman female | man male | important significant vital | danger threat risk | carry bear transport | origin source
warm hot heat | cold cool | measure gauge compute calculate | right freedom liberty entitlement | duty obligation
responsibility | power authority competence | complaint grievance
"""


@dataclass(frozen=True, slots=True)
class Word:
    """One token: as written, in lower case, its stem; where it begins.

    `clause` is raised by two at the boundary of a clause and by one at a conjunction, so that nearness can be judged.
    """

    text: str
    low: str
    stem: str
    clause: int
    start: int

    @property
    def content(self) -> bool:
        """Whether it says something by itself."""
        return self.low not in FUNCTION and self.low[0].isalnum()


def words(text: str) -> list[Word]:
    """The tokens of a text with punctuation, in order. A clause ends at punctuation and at words that join clauses."""
    found: list[Word] = []
    clause = 0
    for match in _TOKEN.finditer(text):
        low = match[0].lower().replace("’", "'")
        if low in _BREAKS or low in _BREAK_WORDS:
            clause += 2
        elif low in _JOINTS:
            clause += 1
        found.append(Word(match[0], low, stem(low), clause, match.start()))
    return found


@lru_cache(maxsize=20_000)
def stem(low: str) -> str:
    """The stem of a lower-case word, the same for words that mean nearly the same."""
    return _GROUP.get(root := _root(low), root)


def _root(low: str) -> str:
    low = low.removesuffix("'s").removesuffix("'")
    low = _IRREGULAR.get(low, low)
    if len(low) <= 3 or not low.isalpha():
        return low.rstrip("e") if low.isalpha() else low
    if low.endswith(("ies", "ied")) and len(low) > 4:
        low = f"{low[:-3]}y"
    for ending in _ENDINGS:
        if low.endswith(ending) and len(low) - len(ending) >= _SHORTEST[ending]:
            low = low[: -len(ending)]
            break
    if len(low) > 3 and low[-1] == low[-2] and low[-1] not in "sl":
        low = low[:-1]
    return low.rstrip("e")[:8]


# Short endings may leave three letters ("laws", "used"); long ones need more to be endings at all.
_SHORTEST = {ending: 3 if len(ending) <= 3 else 4 for ending in _ENDINGS} | {
    "ly": 5,
    "al": 4,
    "or": 4,
    "er": 4,
    "ent": 4,
    "ant": 4,
}


def _groups() -> dict[str, str]:
    joined: dict[str, str] = {}
    for line in _SYNONYMS_TEXT.replace("\n", " | ").split("|"):
        roots = [_root(word) for word in line.split()]
        for root in roots:
            joined.setdefault(root, roots[0])
    return joined


_GROUP = _groups()
