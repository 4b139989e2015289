"""Words of the training dialogues: topics, sentences of tales per emotion, neutral mentions, small talk.

`{a}`, `{b}` and `{c}` stand for the words of a topic. No sentence but a tale's carries a feeling, and no sentence but a
tale's or a mention's carries a topic word, so that a topic's feeling can be known from the telling alone. The sentences
that evaluate are in errand_texts.
"""

from __future__ import annotations

from typing import Final


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((a.strip(), b.strip()) for a, b in (line.split("|") for line in text.strip().splitlines()))


def _triples(text: str) -> tuple[tuple[str, str, str], ...]:
    entries = [entry.split(", ") for entry in " ".join(text.split()).split(" | ")]
    return tuple((a, b, c) for a, b, c in entries)


TOPICS: Final = _triples("""
    lighthouse, keeper, cliff | orchard, pear tree, ladder | mare, stable, saddle | violin, fiddler, melody |
    ferry, ferryman, jetty | gown, seamstress, lace | beehive, beekeeper, honey | telescope, astronomer, comet |
    mill, miller, millstone | caravan, camel, dune | sled, hillside, mitten | forge, blacksmith, anvil |
    puppet, puppeteer, marionette | cellar, cooper, cider | parrot, cage, feather | atlas, cartographer, island |
    balloon, basket, altitude | choir, chapel, hymn | greenhouse, orchid, gardener | canoe, rapids, paddle |
    chessboard, rook, tournament | locket, portrait, jeweller | scarecrow, wheat, crow |
    bakery, oven, apprentice | pond, frog, lily | clock, pendulum, clockmaker | tent, campfire, ridge |
    kite, meadow, spool | library, librarian, bookshelf | mirror, attic, dresser | goat, paddock, herdsman |
    raft, river, oar | castle, moat, drawbridge | letter, envelope, postman | painting, easel, canvas |
    circus, acrobat, trapeze | winch, bucket, shaft | lantern, procession, candle | wolf, den, forest |
    umbrella, porch, awning | bridge, mason, arch | cabin, hunter, antler | flute, shepherd, lamb |
    cradle, carpenter, blanket
""")
PROPS: Final[tuple[tuple[str, str, str], ...]] = (
    ("ladle", "waiter", "soup bowl"), ("broom", "maid", "doormat"), ("wheelbarrow", "donkey", "turnip"),
    ("hatstand", "butler", "top hat"), ("hose", "gnome", "watering can"), ("sausage", "butcher", "apron"),
    ("rake", "hen", "wash tub"), ("trolley", "porter", "suitcase"),
)  # fmt: skip
"""What jokes and mishaps are about: things that no tale is told of."""

OPENINGS: Final = _lines("""
    Let me tell you about the {a}.
    You have heard of the {a} and the {b}, have you?
    There is something about the {a} that I never told you.
    It was the year of the {a}, and the {b} was there too.
    Sit down, this is about the {a} and the {c}.
    Did anybody ever tell you what became of the {a}?
    I have to go back to the {b} and the {a} for a moment.
    Some time ago I had to do with the {a} and its {c}.
""")

TALES: Final[dict[str, tuple[str, ...]]] = {
    "sad": _lines("""
        We lost the {a}, and I cried for days.
        It broke my heart to leave the {b} behind.
        The {b} is gone, and I miss it terribly.
        I was so lonely without the {a}.
        Nobody came to mourn for the {b}.
        There were only tears around the {a} that evening.
        I still grieve for the {b} when it gets dark.
        My poor mother wept beside the {a}.
        All that is left of the {a} is sorrow.
        It was a sad day, and the {c} lay there in pieces.
        I felt miserable when they took the {c} away.
        We mourned the {b} all winter.
        Such a tragedy, the {a} and the {c}, both lost.
        I am still heartbroken about the {b}.
    """),
    "happy": _lines("""
        We won the prize with the {a}, and everybody cheered!
        I laughed and danced around the {a} all night.
        It was wonderful, the {b} made us so happy.
        I was proud of the {a} and of the {c}.
        What a joy it was to see the {b} again!
        We celebrated the {a} with music, everyone was cheerful.
        The {b} was brilliant, and I was delighted.
        It was a triumph, the {a} was ours!
        I smiled for weeks because of the {c}.
        It was fun, we enjoyed the {a} so much.
        The {b} was fantastic, everybody was thrilled.
        We were so lucky with the {c}, so happy!
    """),
    "angry": _lines("""
        They cheated us over the {a}, and I was furious.
        I hate how he lied about the {b}.
        We quarrelled over the {a} and shouted until midnight.
        I was so angry that I slammed the {c} down.
        That thief betrayed me, and the {b} with me.
        It makes me mad whenever I think of the {c}.
        He insulted the {b} to my face, what an outrage!
        I was enraged about what they did to the {a}.
        How dare they touch the {a}, I yelled!
        It was unfair, and I am still bitter and angry over the {b}.
        The rage I felt over the {c} never left me.
        I was furious, they stole the {a} and laid it on me.
    """),
    "afraid": _lines("""
        I was terrified when the {a} began to shake.
        Something moved behind the {b}, and I was scared to death.
        I trembled with fear beside the {a}.
        It was horrifying, the {c} was suddenly on fire.
        We panicked and ran from the {b}.
        I was afraid that the {a} would come down on us.
        The danger was everywhere, even the {b} was frightened.
        I have nightmares about the {c} and the dark.
        It was so scary by the {a} that I could not breathe.
        I screamed in terror and hid behind the {c}.
        I dread the {b} to this hour.
        We were frightened of the {a}, all of us.
    """),
    "surprised": _lines("""
        Suddenly the {a} was there, I was astonished!
        Nobody expected the {b}, what a surprise!
        It was unbelievable, the {c} stood upside down!
        I was amazed when the {a} opened by itself.
        Out of nowhere came the {b}, incredible!
        We were stunned, the {a} was twice as large!
        I could not believe it, the {c} was full of gold!
        To my astonishment the {b} began to speak!
        I was speechless, the {a} had vanished and come back!
        Wow, the {c} was a surprise to all of us!
    """),
    "disgusted": _lines("""
        The {a} was filthy, and the smell was disgusting.
        There were maggots in the {c}, I nearly vomited.
        It was revolting, the {b} was covered in slime.
        There was a sickening stench around the {a}.
        Something rotten dripped from the {c}, how gross.
        The {b} stank, it was nauseating.
        I gagged when I touched the {a}, so disgusting.
        Mould and filth grew over the {b}, yuck.
        It was repulsive, I threw the {c} away.
        What a foul, disgusting mess the {a} was.
    """),
    "tender": _lines("""
        I loved the {b} dearly, it was so gentle with us.
        We hugged beside the {a}, and it was tender and warm.
        My darling grandmother gave me the {c} with love.
        I hold the {a} dear, it reminds me of her kindness.
        She kissed me by the {b}, so tenderly.
        I care deeply about the {b}, my sweet little one.
        It was a loving hour, the {a} and the two of us.
        We held hands and cuddled near the {c}.
        He was so kind to the {b}, so caring and gentle.
        I adore the {c}, it was a gift of love.
    """),
    "neutral": _lines("""
        The {a} stands to the north, and the {b} is behind it.
        The {c} has two sides, and one of them is longer.
        They moved the {a} in spring.
        The {b} is on the list, and so is the {c}.
        The {a} has a number, I think it is eleven.
        Every second year somebody counts the {c}.
        The {b} is as old as the {a}.
        You reach the {a} by the left road.
        There is a paper about the {c} in the hall.
        The {a} takes up a third of the yard.
    """),
}
"""Sentences of a tale by the emotion that it was told with."""

ASIDES: Final = _lines("""
    Mhm.
    I see.
    And then?
    Go on.
    When was that?
    Who else was there?
    How long did it take?
    Is that so?
""")
"""What the listener says between a tale's sentences."""

JOKES: Final = _lines("""
    Why did the {b} cross the road? To laugh at the {a}, haha!
    I told the {b} a joke about the {a}, hilarious!
    The {a} walks into a tavern and orders the {c}, what fun!
    They call me funny, but you should hear the {b}, haha!
    The {c} was on my head the whole time, so funny!
    The mayor took the {a} for his wife, we laughed and laughed!
""")
"""The NPC's; the last one of a scene is its point."""

MISHAPS: Final = _lines("""
    I slipped on the {a} in front of everybody, unbelievable!
    Suddenly the {c} was on my foot, I could not believe it!
    I walked straight into the {b}, what a shock!
    Out of nowhere the {a} fell on my toes!
    I sat down on the {c}, and it was wet, what a surprise!
    I was stunned, my sleeve was caught in the {a}!
""")
"""What befell the NPC: a moment in which to be laughed at hurts."""

MENTIONS: Final = _lines("""
    By the way, I walked past the {a} again.
    Somebody asked about the {a} this week.
    The {b} is on my way, I will be near it tomorrow.
    They have put the {a} on the new map of the county.
    Speaking of which, the {b} comes up on Thursday.
    I was given a drawing of the {a} and the {b}.
    There was a note about the {b} on the table.
    So that leaves the {a}, as we said.
    He wanted to know where the {b} is these days.
    And then there is the {a}, of course.
""")

MENTION_ANSWERS: Final = _lines("""
    That one, indeed.
    Right, I remember.
    So it is.
    Mhm, I thought so.
    Is that where you were?
    You spoke of it before.
""")

GREETINGS: Final = _pairs("""
    Hello, it is me again. | Hello, come in and take a seat.
    Morning. Is this the right door? | It is, the left one is never open.
    Hey, have you got a minute? | I have, nobody else is here.
    Evening. I came by the upper road. | Then you have been walking since noon.
""")

SMALL_TALK: Final = _pairs("""
    Do you open on {day}? | On {day}, from {hour}.
    Which way is {spot} from here? | Left, and then straight on to {spot}.
    How much for {goods}? | That depends on how many you take.
    I brought {goods} for the week. | Put it {place}, next to the others.
    Have you still got {goods}? | Two of them, {place}.
    Where do you keep {goods}? | Mostly {place}.
    The road to {spot} is wet. | It is always wet on {day}.
    I shall be at {spot} until {hour}. | Then I will send {goods} there.
    Who lives at {spot} now? | A man from the south, since {day}.
    When does the coach leave for {spot}? | At {hour}, and again on {day}.
    They say it will be cloudy on {day}. | It was cloudy last {day} too.
    My brother takes {goods} to {spot}. | Every {day}, I know.
    Is the gate at {spot} open? | From {hour} on, as usual.
    I have counted {goods} twice. | And what did it come to?
    Could you write it down for me? | I wrote it down on {day}.
    What did you have for supper? | Bread, and some of {goods}.
    My coat is {place}. | I saw it there at {hour}.
    How far is it to {spot}? | An hour on foot, less by cart.
    Does anyone sell {goods} here? | Ask at {spot}, they may.
    We repaired the roof on {day}. | With the planks from {spot}?
    I need {goods} by {day}. | I will see what there is.
    The sign says {hour}. | The sign is from last year.
    Have they painted {spot}? | In the colour of slate.
    There were nine of them at {spot}. | Nine, and one more {place}.
    What is the date today? | It should be the second {day} of the month.
    I usually sit {place}. | Then sit there, nobody else will.
    Did the cart from {spot} arrive? | At {hour}, with {goods}.
    Do you measure in feet or in yards? | In feet, for {goods}.
    I read the notice {place}. | It has been there since {day}.
    Is it the same price as on {day}? | The same, up to a penny.
    They need eleven people at {spot}. | For how long, until {day}?
    My boots are from {spot}. | Mine too, and they are four years old.
    I turned left at {spot}. | Most people turn right there.
    Would the small size do? | The small one is for {goods}.
    The office closes at {hour}. | Then go before {hour}.
    How do you spell it? | With two letters in the middle.
    I put {goods} on the scale. | It shows less on {day}.
    Did you water the plants {place}? | At {hour}, as every day.
    There is a queue at {spot}. | There is one every {day}.
    I carry {goods} in the left bag. | And what is in the right one?
    Is there a seat {place}? | There are three, take any.
    The kettle is {place}. | It was on at {hour}.
    They changed the times at {spot}. | From {hour} to later, I heard.
    I have a list with me. | Read it out, one by one.
    First there is {goods}. | I have that {place}.
    The second is for {spot}. | That goes out on {day}.
    How many steps are there to {spot}? | Forty, if you take the side path.
    Shall I leave it {place}? | Leave it there until {day}.
""")

FILLERS: Final[dict[str, tuple[str, ...]]] = {
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "hour": ("seven", "eight", "nine", "ten", "noon", "two", "half past four", "five", "six"),
    "spot": (
        "the station", "the town hall", "the upper gate", "the ford", "the crossing", "the quay", "the square",
        "the old toll house", "the school", "the brewery", "the east wall", "the weir",
    ),
    "goods": (
        "the flour", "the nails", "the salt", "the lamp oil", "the wool", "the potatoes", "the boards", "the soap",
        "the rope", "the beans", "the tiles", "the string", "the paper bags", "the buttons",
    ),
    "place": (
        "behind the counter", "by the window", "under the stairs", "on the upper floor", "near the stove",
        "beside the door", "in the hallway", "on the bench", "at the back", "in the drawer",
    ),
}  # fmt: skip
