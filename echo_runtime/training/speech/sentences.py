"""The text corpus: our own short sentences, as people in games and at kitchen tables say them.

Rich in what a mouth shows: p, b, m; f, v; rounded and open vowels; th. Written lines plus templates filled with word
lists, so that words meet many neighbours. HELD_OUT_SENTENCES share no line and no template with SENTENCES.
"""

from __future__ import annotations

import random

_LINES = """
Hello there, and welcome to my humble shop.
Maybe we should move before the bell begins to boom.
Please, put the blue boots by the back door.
My mother baked a plum pie for both of you.
Oh no, you broke the bottle!
Who are you, and what do you want from me?
Five very fine fish for a few copper coins.
I thought they threw the thing over the other wall.
Wow, how loud that was!
Do you believe every word they tell you?
The fog over the valley never lifts before five.
Bob keeps pumping water up the hill.
Ah, what a calm and charming garden.
Would you follow me through the woods, or not?
A wolf was watching us from the other bank.
You must be famished, have some bread and beef.
Papa may jump from the top of the tower.
The robber vanished behind the barn with both bags.
Give me a moment, my memory fails me.
Push the pump, pull the rope, and mop the map room.
Where have all the warm evenings gone?
Don't look now, but somebody is following us.
I love the smell of fresh paper and old maps.
Move over, move over, the mayor is coming!
What about those two? They both live above the bakery.
Thank you, that is more than enough.
Perhaps tomorrow, perhaps never.
Remember my name, it might save you some trouble.
Father found four very heavy vases in the cave.
The purple banner flaps above the bridge.
Open up, it is me, Emma!
Some people believe in maps, some people believe in me.
Um, maybe, if you promise to be home before midnight.
Not a problem, I have brought another lamp.
We only have bread, beans, and boiled beetroot.
Go home, go home, before the storm comes over the moor.
The pub? Up the path, past the pump, opposite the mill.
Oh, you poor boy, who tore your coat?
Few of them move as well as you do.
Bring both of them before the big bell beeps.
Mm, that soup smells wonderful.
Have you ever heard of the village of Vale?
This bow belonged to my brother Tom.
All aboard, all aboard, the boat is about to move!
I bet you a pound that he falls off the bench.
My, my, what big paws you have.
Beware of the bubbling pool beneath the bridge.
That's it, that's the one!
He moved the moon, or so he said.
We were young, we were foolish, we were three.
Never mind the mud, come in and warm up.
She should choose one of the shorter shadows.
Just a pinch of pepper makes it perfect.
The children cheered as the juggler jumped.
Sure, I can show you the way to the shore.
Choose wisely, and watch the church on your left.
Her father whispered something very odd.
Look at the book on the hook in the nook.
Food is good, but a good mood is better.
Your boat or our boat, what is the difference?
Should we shout? No, we should rush.
Why would anybody pay for a map of the moon?
Pom pom pom, the drummer beats his drum.
It began with a bump, a bang, and a puff of smoke.
What a beautiful view from above.
I'm fine, I'm fine, only a bit bored.
Goodbye, my friend, may the road be short.
Take the lamp, and keep it near your face.
Ouch, that hurt more than I thought.
Two thousand thin threads go through the cloth.
Everyone loves a faithful dog.
Look out above you!
No way, you won it fair and square.
I was about to prepare a meal for the both of us.
A penny for the poor, a penny for the brave.
Mom said maybe, and maybe means no.
Aha, so you are the famous hero.
Of all the people in the world, it had to be you.
Is that my map? Give me back my map!
The river is wide but the ferry is free.
Could you hold the rope for a moment?
Somebody must have opened both doors.
Hush, they are very near.
Honestly, I laughed until my belly hurt.
We walked and talked and saw the dawn.
An odd box of rocks fell off the top.
Father Thomas calls it a blessing.
You owe me an apple, a pear, and an apology.
Hop on, we have no time for a map.
Absolutely not, my answer is final.
The baby babbles, the mother mumbles, the uncle hums.
He gave me five coffee beans and vanished.
Whoever comes first may open the window.
Oh really? Tell me more about it.
Ha, you almost fooled me.
The mountain path is empty, but I hear footsteps.
Purple plums, ripe peppers, and fresh herbs!
Maple, pine, beech, and elm grow by the brook.
Do not wake the bear, for heaven's sake.
Farewell, and remember to forgive.
Our army marches at dawn, with or without you.
Yes. No. Well, maybe.
I am so happy to see you!
I'm afraid I have some bad news.
Stop! Put both hands above your head.
Leave me alone, I have nothing for you.
Ugh, that is the most awful smell.
Please be gentle, the poor bird is only a baby.
How are you feeling this morning?
Would you mind closing the window, please?
My phone is almost empty, may I borrow yours?
The bus comes at five past four.
Put the milk beside the butter, and the ham on top.
We need to buy a birthday present for Amber.
""".strip().splitlines()

_HELD_OUT = """
Good evening, traveler, the market is about to close.
Have you brought the amber ring that I asked for?
Most of my family moved away from here years ago.
Pick up the hammer and fix that broken fence.
What happened to the old man by the waterfall?
Our bravest fighters never saw the ambush.
Oh, a visitor! We do not get many of those.
Climb up here, the view is simply marvelous.
Both of those paths lead to the same farm.
Mind the step, it is broken in the middle.
Whose umbrella is this, and why is it purple?
I promise that nobody will ever find out.
The bishop's bell rings before supper.
Keep your voice low, the guards are above us.
You forgot to feed my poor pony.
Long ago, a foolish young prince came by boat.
Maybe Oliver knows, he always hears the gossip.
Wash your hands before you touch the painting.
Well done, you solved every one of my riddles.
This potion tastes of mushrooms and vinegar.
Pull the blue lever, and then jump back.
Few have ever come home from the black swamp.
Thirteen thieves have been through that gate.
Would it help if I simply showed you?
Amazing, you must be a magician!
Everybody upstairs is fast asleep by now.
Bees make the best honey above the vineyard.
I've never been more proud of you, my boy.
Stay behind me, and whatever you do, don't move.
My compass points to a place beyond the map.
It was a warm summer evening in the harbor.
The chef prepared a bowl of pumpkin soup.
Should the bridge fall, swim for your life!
Your mother would be furious about the mess.
Oh dear, I appear to have lost my spoon.
Bring me some wood, the fire is almost out.
A soft voice whispered from the empty room.
Nobody told me the museum was closed.
Five more minutes, please, I'm still very tired.
Come back before noon, and bring your brother.
Look, a rainbow over the northern fields.
How much for the bronze lamp and the velvet robe?
Tomorrow we march, tonight we feast.
Apples are cheap here, but peaches cost a fortune.
There must be something I could offer you.
I vote for the fishing village, what about you?
The piper plays for both the poor and the wealthy.
Somewhere up above, a hawk began to scream.
Ow, you are standing on my foot!
Perfect, that is exactly what I needed.
""".strip().splitlines()

_WORDS = {
    "person": "the baker|my uncle Bob|that farmer|the old bishop|Emma|a young thief|the captain|your mother|Mister Poe|"
    "the brave widow|our father|the miller's boy|Phoebe|the wolf|her brother|a pale woman|Oscar|the shepherd|Eve",
    "thing": "a bottle of plum brandy|the purple map|five loaves of bread|a pair of boots|the golden cup|an empty box|"
    "my favorite book|the broken bow|a bowl of soup|some warm milk|the iron key|a feather|both lamps|a wooden spoon|"
    "the leather pouch|four apples|a map of the mountains|the silver thimble|a pot of honey|the other hammer",
    "place": "behind the barn|by the bridge|in the tavern|above the valley|near the old mill|at the harbor|"
    "on top of the tower|beneath the palm tree|before the gate|in my workshop|beyond the moor|at the farm|"
    "over the hill|by the frozen river|in the empty house|among the vines|up in the attic|opposite the church",
    "verb": "found|brought|borrowed|hid|moved|saw|bought|painted|opened|forgot|promised|wrapped|dropped|left|broke",
    "adj": "wonderful|awful|beautiful|lovely|terrible|foolish|marvelous|horrible|charming|boring|brave|impossible|odd|"
    "perfect|suspicious|enormous|peaceful|bitter|proper|warm",
    "act": "move the boat|open the box|buy some pepper|follow the path|wake the mayor|beat the drum|hop over the wall|"
    "wash the bowls|pump the water|prepare the feast|save the village|fool the guards|mop the floor|feed the puppies|"
    "watch the horses|burn the map|show me the way|choose a name|climb the rope|pick those plums",
    "time": "this morning|before supper|by midnight|after the storm|tomorrow|in five minutes|every evening|last autumn|"
    "before the bell rings|on Monday|for weeks|at noon|once upon a time|the other day",
    "open": "Oh|Well|Ah|My word|Listen|Please|Hey|Look|Hmm|Wow|Now|So|Perhaps|Of course|By the way|Believe me",
}  # fmt: skip
_TEMPLATES = (
    "{open}, {person} {verb} {thing} {place}.",
    "Have you seen {person} {place}?",
    "{open}, what a {adj} idea!",
    "Would you help me {act} {time}?",
    "{person} told me to {act}, but I forgot.",
    "If you {act}, I will give you {thing}.",
    "{time}, {person} {verb} {thing}.",
    "Why did {person} leave {thing} {place}?",
    "I feel {adj} about it, to be honest.",
    "{open}, somebody must {act} {time}.",
    "We have {thing}, and {thing}, and nothing more.",
    "Do not {act}, {person} is very {adj} today!",
    "Your voice is {adj}, more {adj} than you know.",
    "{open}! You {verb} {thing}?",
)


def _fill(template: str, chooser: random.Random) -> str:
    text = template
    for kind, words in _WORDS.items():
        while "{" + kind + "}" in text:
            text = text.replace("{" + kind + "}", chooser.choice(words.split("|")), 1)
    return text[0].upper() + text[1:]


def _filled(count: int) -> list[str]:
    chooser = random.Random(11)
    lines: dict[str, None] = {}
    while len(lines) < count:
        lines.setdefault(_fill(chooser.choice(_TEMPLATES), chooser))
    return list(lines)


SENTENCES: tuple[str, ...] = tuple(_LINES) * 3 + tuple(_filled(900))
"""Training texts; the written lines come three times as often."""
HELD_OUT_SENTENCES: tuple[str, ...] = tuple(_HELD_OUT)
