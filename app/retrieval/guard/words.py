"""Words in the form in which they are compared: inflection and British spelling folded, meaning left alone."""

import re

# What is written, and the word it is a form or a common misspelling of.
_IRREGULAR_TEXT = """
wrote:write written:write led:lead gave:give given:give took:take taken:take became:become chose:choose chosen:choose
fought:fight won:win held:hold made:make began:begin begun:begin sent:send built:build brought:bring lost:lose
laid:lay met:meet paid:pay rose:rise risen:rise fell:fall fallen:fall grew:grow grown:grow drew:draw drawn:draw
drove:drive driven:drive broke:break broken:break spoke:speak spoken:speak taught:teach fled:flee sold:sell bought:buy
kept:keep left:left saw:see seen:see knew:know known:know founded:establish formed:formation men:man women:woman
criteria:criterion phenomena:phenomenon children:child lives:life labor:labour color:colour behavior:behaviour
honor:honour favor:favour neighbor:neighbour harbor:harbour center:centre theater:theatre program:programme
defense:defence license:licence judgement:judgment fulfil:fulfill fiber:fibre liter:litre meter:metre gray:grey
plow:plough aluminum:aluminium sulfur:sulphur catalog:catalogue govt:government consti:constitution parl:parliament
goverment:government parliment:parliament ques:question qs:question qstn:question qn:question diff:difference
imp:important b/w:between bw:between w/o:without wrt:regarding evrything:everything mughals:mughal marathas:maratha
used:use agreed:agree freed:free crises:crisis analyses:analysis theses:thesis hypotheses:hypothesis oases:oasis
cannot:not parlimentary:parliamentary parliamentry:parliamentary ammendment:amendment amendement:amendment
ammendments:amendment amendements:amendment constituion:constitution consitution:constitution constituton:constitution
constituional:constitutional consitutional:constitutional fundemental:fundamental fundamantal:fundamental
fundamendal:fundamental directve:directive prinicples:principle principels:principle judicary:judiciary
judiciery:judiciary comission:commission commision:commission comision:commission comitee:committee commitee:committee
committe:committee comittee:committee governer:governor govenor:governor presedent:president presidant:president
minster:minister ministar:minister secratary:secretary secretery:secretary elction:election emergancy:emergency
federlism:federalism fedralism:federalism federalisim:federalism secularisim:secularism seperation:separation
independance:independence independant:independent enviroment:environment enviromental:environmental
environmant:environment agricultre:agriculture agriculutre:agriculture agriculure:agriculture economey:economy
econmy:economy inflaton:inflation inflamation:inflammation defecit:deficit deficet:deficit monetory:monetary
moneytary:monetary fiscel:fiscal monsson:monsoon mansoon:monsoon geograpy:geography himalaya:himalayas
harrapan:harappan harrappan:harappan mouryan:mauryan maurayan:mauryan mughul:mughal mugal:mughal moghul:mughal
britsh:british brittish:british movment:movement movemnt:movement freedum:freedom resistence:resistance
occurence:occurrence existance:existence importence:importance significence:significance diffrence:difference
differance:difference diference:difference betwen:between beween:between charactaristics:characteristic
charecteristics:characteristic advantges:advantage disadvantges:disadvantage responsibilty:responsibility
accountibility:accountability transparancy:transparency tranparency:transparency intergrity:integrity
integrety:integrity corruptoin:corruption coruption:corruption educaton:education devlopment:development
developement:development technolgy:technology mechanisim:mechanism pollusion:pollution polution:pollution
bioversity:biodiversity photosynthsis:photosynthesis vaccin:vaccine satelite:satellite sattelite:satellite
explaination:explanation goverments:government govermnent:government govenment:government parliamnet:parliament
parlament:parliament parliamant:parliament supreem:supreme suprem:supreme soverignty:sovereignty
sovereignity:sovereignty sovereginty:sovereignty preample:preamble premable:preamble citizenhip:citizenship
citezen:citizen democrasy:democracy demorcacy:democracy ordinence:ordinance ordinace:ordinance finace:finance
financal:financial bugdet:budget buget:budget currancy:currency curency:currency"""
_IRREGULAR = dict(row.split(":") for row in _IRREGULAR_TEXT.split())
# Words whose ending is no inflection, or whose inflected form means something else.
_AS_THEY_ARE_TEXT = """
developing developed united goods customs arms ethics politics economics physics mathematics statistics dynamics
mechanics genetics electronics optics logistics news series species means gas gases status census bias consensus
during nothing something anything everything king spring string ring wing being bring hundred need seed breed speed
creed deed feed weed greed indeed embed shed bed red led this its his us is was has as thus plus versus virus focus
bus campus corpus genius radius apparatus chaos asbestos rabies diabetes headquarters whereas always perhaps across
mass class pass process access success congress progress press less unless himalayas andes alps united maldives
philippines ghats das yes gst analysis basis crisis thesis emphasis synthesis hypothesis photosynthesis oasis genesis
axis ruling ageing bill wellbeing prelims mains rajas lens"""
_AS_THEY_ARE = frozenset(_AS_THEY_ARE_TEXT.split())
_ISE = re.compile(r"(?<=[a-z]{2})iz(?=(?:e|es|ed|ing|ation|ations|er|ers)$)")
_YSE = re.compile(r"(?<=al)yz(?=(?:e|es|ed|ing)$)")
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
# Stems that had a silent vowel: declar(ed), chang(ing). A wrong guess costs a hit.
_SILENT = re.compile(
    r"(?:[bcdfgkpt]l|[cvu]|[^s]s|[^e]at|(?<![aeiou])in|(?<!e)ar|[iu]r|(?<!o)id|(?<!o)ud|(?<![eo])ad|(?<!o)ot|(?<!o)ut"
    r"|[aei]ng|[drl]g|(?<=[a-z])[aei]g|(?<![eio])am|um|(?<!o)ok|ul)$"
)


_HINDI = re.compile("[\u0900-\u097f]")
# Plural and oblique endings, after the nasal sign has one form.
_HINDI_ENDINGS = (("ियों", "ी"), ("ियां", "ी"), ("ाओं", "ा"), ("ाएं", "ा"), ("ों", ""), ("ें", ""))


def lemma(word: str, *, modifies: bool = False, governs: bool = False) -> str:
    """The form of a lower-case word that its inflections share; no two words of the dictionary are made one.

    `modifies`: a noun follows at once. "Developing countries" are not "developed countries", so a participle before its
    noun stays as it is. `governs`: an article follows: "amending the ..." is the verb; alone, "farming" is a noun.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if _HINDI.search(word):
        return _hindi(word)
    if len(word) <= 3 or not word.isascii() or not word.isalpha() or word in _AS_THEY_ARE:
        return word
    word = _YSE.sub("ys", _ISE.sub("is", word))
    if word.endswith("ed") and not modifies:
        return _verb(word, word[:-2])
    if word.endswith("ing") and governs:
        return _verb(word, word[:-3])
    return _singular(word) if word.endswith("s") else word


def _hindi(word: str) -> str:
    word = word.replace("ँ", "ं").replace("\u093c", "")
    for ending, instead in _HINDI_ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + instead
    return word


def _verb(word: str, stem: str) -> str:
    if len(stem) < 3 or not re.search("[aeiouy]", stem):
        return word
    if stem.endswith("i") and word.endswith("ed"):
        return stem[:-1] + "y"
    if _DOUBLED.search(stem):
        return stem[:-1]
    return f"{stem}e" if _SILENT.search(stem) else stem


def _singular(word: str) -> str:
    if word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1]
