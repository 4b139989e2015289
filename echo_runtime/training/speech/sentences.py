"""The text corpus: our own short sentences, as people in games and at kitchen tables say them.

Rich in what a mouth shows: p, b, m; f, v; rounded and open vowels; th. Written lines plus templates filled with word
lists, so that words meet many neighbours. HELD_OUT_SENTENCES share no line and no template with SENTENCES.
"""

from __future__ import annotations

import random

from echo_runtime.training.speech.minimal_pairs import HELD_OUT_MINIMAL_PAIRS, MINIMAL_PAIRS

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
Guards! Guards! Somebody robbed the vault!
What do you mean, the boat has already left?
I can't believe it, we really made it!
Please don't be mad at me, I tried my best.
Why is everyone whispering about my father?
This is the worst birthday I have ever had.
Wow, look how far you can see from up here.
Are you coming with us, or are you too afraid?
Sorry, we are closed until Monday morning.
Three silver pieces, and not a penny less.
Get behind the wall and keep your heads down!
I miss her more than I could ever say.
You again? I told you to stay away from my farm.
That sword belonged to a king, so handle it with care.
Psst, over here, behind the big barrel.
Nothing makes me happier than a full moon over the sea.
I swear I saw something move in the fog.
Shh, be quiet, they might hear us.
How could you do that to your own family?
Level five, finally, and only one life left.
Watch your step, the planks are rotten.
Victory is ours, drinks for everybody!
My heart is beating so fast, feel it.
What kind of a man would abandon his own brother?
I have a bad feeling about this place.
Yuck, who put vinegar into the lemonade?
Calm down, take a deep breath, and begin from the beginning.
Sure, why not, what could possibly go wrong?
You look pale, have you eaten anything today?
The password is velvet, please don't forget it.
May I have this dance, madam?
Boo! Did I frighten you?
Nope, not in a million years.
Fire! Fire in the upper room!
We lost the map, the compass, and most of the food.
Is it far from here to the monastery?
I'd rather be poor and free than rich and bored.
Turn left at the fountain, then follow the smell of bread.
Brr, it is freezing, let me move closer to the fire.
The poison works slowly, so we still have some hope.
Have mercy, I beg you, I have a family to feed!
Mmm, blueberry muffins, my absolute favorite.
Wait, that voice, I know that voice.
Nobody move, the bomb might blow at any moment.
Thanks a lot, you have been very helpful.
Both teeth hurt, the upper and the lower one.
Through thick and thin they thought of their mother.
Lily lost a lot of yellow ladles last July.
Nine nice nurses never knew any news.
Several shy servants chose fresh fish for supper.
Zoe's zebra was as lazy as these cousins.
Joe enjoys a large orange jar of jam.
Why would one want to wait and wonder?
Rough red rocks ran around the narrow road.
Good cooks bake a big cake and keep a copy.
Yes, you used to yell at the young.
He has a heavy hammer, however he hides it.
Thirty thousand feathers on a thrush's throat.
Ooh, a blue moon, how cool is that?
Aww, the poor little puppy hurt his paw.
No offense, but your plan is terrible.
Bravo, bravo, what a marvelous performance!
Peter Popper poured a pot of purple paint.
Mighty monsters roam the mountains by moonlight.
Bob's bubbly baby brother babbled by the bathtub.
Five brave foxes from the valley have vanished.
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
Halt! Nobody enters without a permit.
I am sorry for your loss, he was a good man.
Hooray, we finally found the hidden passage!
Why on earth would you bring a parrot into a library?
Everything smells of smoke and wet leather.
Brace yourselves, the wave is coming!
You promised me a better price than that.
It's over, we have nothing left to fight for.
Can you believe how much he paid for that pony?
Shall we meet by the chapel at half past five?
My thumb is swollen, something must have bitten me.
Relax, nobody was hurt, it was only a prank.
Beyond those woods lives an old hermit.
Pardon me, is this seat taken?
The loud music bothers most of our neighbors.
Whoever stole my lute, bring it back at once!
Umm, I am not supposed to talk about that.
Grab a shovel, we have a tomb to uncover.
Lovely weather for a picnic, isn't it?
Bah, humbug, I never liked that tavern anyway.
The mermaid waved from a smooth black rock.
Put that apple down, it might be poisoned.
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


SENTENCES: tuple[str, ...] = tuple(_LINES) * 3 + tuple(_filled(900)) + MINIMAL_PAIRS
"""Training texts; the written lines come three times as often."""
HELD_OUT_SENTENCES: tuple[str, ...] = tuple(_HELD_OUT) + HELD_OUT_MINIMAL_PAIRS
