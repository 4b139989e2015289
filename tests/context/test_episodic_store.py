import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.episodic_store import EPISODES, WORDS, EpisodicStore

SAD = 0.6 * np.eye(7)[EMOTIONS.index("sad") - 1]
HAPPY = 0.6 * np.eye(7)[EMOTIONS.index("happy") - 1]
MINUTE = 60_000_000


def test_a_topic_brings_its_feeling_back_and_another_does_not():
    store = EpisodicStore()
    store.learn(["dragon"], SAD, "player", 0)
    store.mention(["dragon"])
    recalled = store.recall(["dragon", "shop"], 10 * MINUTE)
    assert recalled is not None
    assert recalled.topic == "dragon"
    assert recalled.episode.speaker == "player"
    assert recalled.feelings.argmax() == EMOTIONS.index("sad") - 1
    assert store.recall(["shop"], 10 * MINUTE) is None
    assert store.recall(["dragon"], 5_000_000) is None  # it is still being talked about


def test_common_words_recall_nothing():
    store = EpisodicStore()
    store.learn(["dragon", "market"], SAD, "player", 0)
    for i in range(60):
        store.mention(["market"] if i % 2 else ["dragon"] if i == 0 else [f"word{i}"])
    recalled = store.recall(["market"], 10 * MINUTE)
    assert recalled is None
    assert store.recall(["dragon"], 10 * MINUTE) is not None


def test_a_topic_moves_towards_its_newest_feeling():
    store = EpisodicStore()
    store.learn(["dog"], SAD, "player", 0)
    for i in range(1, 5):
        store.learn(["dog"], HAPPY, "player", i * MINUTE)
    recalled = store.recall(["dog"], 30 * MINUTE)
    assert recalled is not None
    assert recalled.feelings.argmax() == EMOTIONS.index("happy") - 1


def test_memories_fade_over_weeks():
    def strength(days):
        store = EpisodicStore()
        store.learn(["dog"], SAD, "player", 0)
        recalled = store.recall(["dog"], days * 24 * 60 * MINUTE)
        return float(recalled.feelings.sum())

    assert strength(1) > 0.45
    assert strength(1) > strength(14) > strength(60) > 0.0


def test_it_is_bounded_and_keeps_what_was_felt_most():
    store = EpisodicStore()
    store.learn(["dragon"], 1.6 * SAD, "player", 0)
    for i in range(3 * WORDS):
        store.learn([f"topic{i}"], 0.3 * SAD, "player", i)
        store.mention([f"topic{i}"])
    assert len(store) <= EPISODES
    assert len(store.as_json(0)["mentions"]) <= WORDS
    assert "dragon" in store.episodes


words = st.sampled_from([f"topic{i}" for i in range(12)])


@given(st.lists(st.tuples(st.lists(words, max_size=4), st.floats(0, 1.6), st.integers(0, 10**11)), max_size=30))
def test_it_survives_being_kept(turns):
    store = EpisodicStore()
    for topics, amount, at in turns:
        store.learn(topics, amount * SAD, "player", at)
        store.mention(topics)
    assert all(0.0 <= e.strength <= 1.0 for e in store.episodes.values())
    again = EpisodicStore.from_json(store.as_json(10**12), 10**12)
    for topic in [f"topic{i}" for i in range(12)]:
        first, second = store.recall([topic], 10**12), again.recall([topic], 10**12)
        assert (first is None) == (second is None)
        if first is not None:
            np.testing.assert_allclose(first.feelings, second.feelings, atol=1e-9)
