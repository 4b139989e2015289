"""Words of the dialogues that evaluate: no topic, no sentence and no frame of a sentence is one of tale_texts.

Here a tale is asked for and answered: its verdict comes first, in one sentence, and its reasons after questions.
"""

from __future__ import annotations

from typing import Final

from echo_runtime.training.long_dialogues.tale_texts import _lines, _pairs, _triples

TOPICS: Final = _triples("""
    submarine, periscope, torpedo | vineyard, grape, trellis | volcano, crater, lava | museum, curator, statue |
    tram, depot, timetable | bonsai, twig, flowerpot | falcon, falconer, talon | dam, turbine, valve |
    pawnshop, broker, bracelet | hospital, surgeon, corridor | lagoon, turtle, reef | theatre, actress, curtain |
    carousel, organ, pony | quarry, granite, crane | igloo, blizzard, walrus | guitar, drummer, amplifier |
    aquarium, octopus, diver | locomotive, stoker, tunnel | pharmacy, chemist, syrup | monastery, abbot, scroll |
    piano, tuner, pedal | hammock, veranda, palm | archive, ledger, clerk | trumpet, parade, bandstand |
    garage, mechanic, engine | glacier, crevasse, guide | bazaar, carpet, weaver | satellite, antenna, dish
""")
PROPS: Final[tuple[tuple[str, str, str], ...]] = (
    ("stapler", "intern", "paper clip"), ("elevator", "plumber", "tap"), ("pancake", "cook", "spatula"),
    ("scooter", "poodle", "leash"), ("blender", "roommate", "smoothie"), ("ironing board", "landlady", "sock"),
)  # fmt: skip
"""What jokes and mishaps are about: things that no tale is told of."""

ASKED: Final = _lines("""
    What happened with the {a} and the {b}?
    You were at the {a}, how did it go?
    And the {b}, is the {a} still where it was?
    Shall we talk about the {a} now?
    Explain it to me, what was it with the {c} and the {a}?
""")

VERDICTS: Final[dict[str, tuple[str, ...]]] = {
    "sad": _lines("""
        Honestly, the {a} was nothing but grief to me.
        It ended in tears for the {a} and the {b}.
        A sad story, the {a}, it makes me cry.
    """),
    "happy": _lines("""
        Glorious, I was happy with the {a} from the first second!
        The {a} was a delight, and so was the {b}!
        It went splendidly, what a joyful {a}!
    """),
    "angry": _lines("""
        Do not get me started, the {a} makes me furious.
        I am angry with everybody at the {a}.
        The {a} was an outrage, and I hate the {b}.
    """),
    "afraid": _lines("""
        The {a} scared me half to death.
        I was frightened the whole time at the {a}.
        Terrifying, I fear the {a} more than anything.
    """),
    "surprised": _lines("""
        The {a} was the surprise of my life!
        Incredible, the {a} amazed every one of us!
        You would be astonished, the {a} is unbelievable!
    """),
    "disgusted": _lines("""
        The {a} was disgusting, there is no other word.
        Revolting, I feel sick just from the {a}.
        Filthy, the {a} and the {b} were so gross.
    """),
    "tender": _lines("""
        I love the {a}, so gentle and so kind.
        My heart is tender when I see the {a}, my darling.
        The {a} is dear to me, I adore the {b}.
    """),
    "neutral": _lines("""
        The {a} is about as long as it is wide.
        There are four of the {a} in this part of the country.
        The {a} was delivered in March with the {b}.
    """),
}
"""The first answer, by emotion."""

REASONS: Final[dict[str, tuple[str, ...]]] = {
    "sad": _lines("""
        Because the {b} died, and I was left alone and lonely.
        Because we had to bury every hope for the {c}.
        For a month I wept over the {b} each night.
        It hurts, I miss the {c} so much.
        Such misery, such a sorrowful end for the {b}.
    """),
    "happy": _lines("""
        Because the {b} made us laugh till noon!
        We succeeded with the {c}, hooray!
        I was cheerful and proud, the {b} was so beautiful.
        Everyone enjoyed the {c}, and we celebrated.
        I smiled and smiled at the {b}.
    """),
    "angry": _lines("""
        Because they lied to me about the {b}, those cheats!
        I yelled at the owner of the {c} in rage.
        They betrayed us, and then they mocked the {b}.
        I raged, he smashed the {c} on purpose.
        It is infuriating how they treat the {b}.
    """),
    "afraid": _lines("""
        Because the {b} nearly killed us, I was in panic.
        I shook with terror next to the {c}.
        We ran, afraid of the {b}, as fast as we could.
        Horrifying noises came out of the {c}.
        I still get anxious and scared at the sight of the {b}.
    """),
    "surprised": _lines("""
        Because all of a sudden the {b} was in my kitchen!
        Nobody had expected the {c}, I was stunned!
        My jaw dropped, the {b} was unbelievable!
        What an astonishing thing, the {c} was see-through!
        I was amazed, the {b} knew my name!
    """),
    "disgusted": _lines("""
        Because of the stench, the {b} was rotten through and through.
        It was slimy, and the {c} was full of vomit.
        I gagged, the filth on the {b} was revolting.
        How disgusting, worms were crawling over the {c}.
        Yuck, the {b} stank like a nauseating swamp.
    """),
    "tender": _lines("""
        Because the {b} was so loving and warm to me.
        She hugged me next to the {c} with such affection.
        I cherish the {b}, it was a tender time.
        He stroked the {c} gently, so full of love.
        We cared for the {b} like for a sweet baby.
    """),
    "neutral": _lines("""
        The {b} has a serial code and a lid.
        One half of the {c} is metal, the other is not.
        They inspect the {b} each quarter.
        The {c} is stored on level three.
        The manual lists the {b} before the {c}.
    """),
}

PROMPTS: Final = _lines("""
    Why is that?
    And what more is there?
    Say more.
    In what way?
    Since when?
    Uh-huh.
""")

JOKES: Final = _lines("""
    Have you heard the funny one about the {b} and the {a}? Hahaha!
    The {a} says to the {b}: nice hat! Hilarious, haha!
    My cousin proposed to the {c}, and it said yes, so much laughter!
    Imagine the {b} in pyjamas, what a funny sight, haha!
""")

MISHAPS: Final = _lines("""
    I was shocked, I tripped over the {a} and lost a shoe!
    All of a sudden the {b} tipped over on me!
    My hair was stuck in the {c}, incredible!
    Wow, the {a} closed on my fingers!
""")

MENTIONS: Final = _lines("""
    Item three is the {b}, it is due in April.
    I have the {a} in my notebook as well.
    Next to it they will build a second {a}.
    The form has a box for the {b}.
    Before I forget, page six shows the {a}.
    The committee votes on the {b} and two other matters.
    My neighbour drew the {a} from memory.
""")

ACKNOWLEDGED: Final = _lines("""
    Noted.
    Correct, you had that one earlier.
    Tick it off then.
    That makes sense.
    I know which one you mean.
""")

GREETINGS: Final = _pairs("""
    Hi, I have a couple of errands. | Then let us go through them.
    Are you the one at the desk? | I am, since this morning.
    Excuse me, is it my turn? | It is, number fourteen.
""")

SMALL_TALK: Final = _pairs("""
    Which form is it for {item}? | The yellow one, from {town}.
    Has {item} been stamped? | Stamped and filed under {letter}.
    I commute from {town}. | Then you pass {letter} street.
    Please add {item} to my account. | Added, under {letter}.
    Is {town} on the same line? | Two stops after the junction.
    I measured {item} this {part}. | Was it above one metre?
    Can I pay in {town}? | At any counter with a {letter}.
    They moved the desk to {town}. | Only for this {part}.
    Who signs for {item}? | Whoever is in during the {part}.
    My ticket says {letter}. | Then it is the next window.
    Do you ship {item} to {town}? | Twice per {part}, by van.
    I parked in row {letter}. | That row is numbered from {town}.
    The label of {item} came off. | I can print another this {part}.
    Where is the copy for {town}? | In the folder marked {letter}.
    I will take {item} with me. | Sign on line {letter}, then.
    How many pages are in {item}? | About sixty, with the index.
    Does the van stop in {town}? | It does each {part}.
    I lent {item} to a colleague. | From the branch in {town}?
    What does the letter {letter} stand for? | It is the code for {town}.
    Could you weigh {item}? | Place it on the plate to your right.
    We ordered {item} in two sizes. | Both went to {town}.
    My shift is in the {part}. | Mine is after yours.
    The printer is out of {item}. | There is a spare in cabinet {letter}.
    I was told to ask in {town}. | They would send you back to me.
    Is {item} taxed here? | At the usual rate for {town}.
    What time is it in {town}? | One hour earlier than here.
    I typed {letter} instead. | It can be changed in the {part}.
    Somebody left {item} here. | It belongs to the team in {town}.
    Do I need {item} as well? | Only if you live in {town}.
    The lift stops at {letter}. | Walk the rest of the way.
""")

FILLERS: Final[dict[str, tuple[str, ...]]] = {
    "item": (
        "the invoice", "the spare key", "the catalogue", "the battery", "the permit", "the toolbox", "the receipt",
        "the keyboard", "the charger", "the passport copy",
    ),
    "town": ("Aldham", "Corvey", "Ostrand", "Fenbeck", "Tarrin", "Wexley", "Durnholt"),
    "letter": ("B", "D", "F", "K", "M", "R", "T"),
    "part": ("morning", "afternoon", "quarter", "week", "season"),
}  # fmt: skip
