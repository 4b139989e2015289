"""The LCU in training: it sees no future, late answers are late, and a part that is left out is really out."""

import pytest
import torch

from echo_runtime.context.behaviour_summary import SUMMARY_DIM, SUMMARY_FRAMES
from echo_runtime.context.behaviour_transformer import BEHAVIOURS, BehaviourConfig
from echo_runtime.context.low_level_perception import PerceptionConfig
from echo_runtime.signals import FACE_DIM, MOTION_DIM, VOICE_DIM
from echo_runtime.training.context_model import (
    AHEAD_SUMMARIES,
    EVERY,
    PARTS,
    READ_CHANNELS,
    ContextModel,
    ContextWindows,
)

FRAMES, WARM, SUMMARIES = 60, 10, 12


def windows(seed: int = 0) -> ContextWindows:
    g = torch.Generator().manual_seed(seed)
    face = torch.rand(3, WARM + FRAMES, FACE_DIM, generator=g) * 0.3
    face[..., -1] = 1.0
    return ContextWindows(
        torch.randn(2, SUMMARIES, SUMMARY_DIM, generator=g),
        torch.tensor([0, 1, 1]),
        torch.tensor([0, 4, 7]),
        face,
        torch.randn(3, 4 * (WARM + FRAMES), VOICE_DIM, generator=g),
        (torch.rand(3, FRAMES, generator=g) > 0.5).float(),
        torch.rand(3, FRAMES, 10, generator=g),
        torch.rand(3, FRAMES, MOTION_DIM, generator=g),
        (torch.rand(2, SUMMARIES, len(BEHAVIOURS), generator=g) > 0.5).float(),
        torch.tensor([SUMMARIES - 3, SUMMARIES]),
        torch.rand(2, SUMMARIES, len(READ_CHANNELS), generator=g),
        torch.rand(2, SUMMARIES, 10, generator=g),
    )


def model(parts=PARTS) -> ContextModel:
    torch.manual_seed(0)
    made = ContextModel(parts, PerceptionConfig(16, 1, 2, 4), BehaviourConfig(16, 2, 2, 50)).eval()
    torch.nn.init.constant_(made.context.gate, 1.0)
    for block in made.phi.blocks:
        torch.nn.init.normal_(block.attention.project_out.weight, std=0.3)
    return made


FRESH = torch.zeros(3, dtype=torch.long)


def test_shapes_and_loss():
    made, given = model(), windows()
    made.fit_reader(given.motion.flatten(0, 1))
    made.fit_summaries(given.summaries.flatten(0, 1))
    made.fit_perception(given.face.flatten(0, 1), given.voice.flatten(0, 1))
    predicted, hidden = made(given)
    assert predicted.shape == (3, FRAMES // EVERY, len(READ_CHANNELS)) == made.target(given).shape
    assert made.phi.behaviour_logits(hidden).shape == given.labels.shape
    made.loss(given)[0].backward()
    for name in ("perception.f_audio.weight", "phi.embed.weight", "context.f_align.weight", "reader.out.weight"):
        assert made.get_parameter(name).grad.abs().sum() > 0, name


@torch.no_grad()
def test_a_summary_is_known_only_when_it_is_over():
    """Window 1 begins at summary 4. Its summary 6 ends with frame 36 of the window: not before is it seen."""
    made, given = model(), windows()
    before, _ = made(given, FRESH)
    given.summaries[1, 6] += 5.0
    after, _ = made(given, FRESH)
    moved = (before - after).abs().amax(-1)
    ended = 3 * SUMMARY_FRAMES
    first = next(i for i in range(FRAMES // EVERY) if (i + 1) * EVERY >= ended)
    assert moved[1, :first].max() == 0.0
    assert moved[1, first:].min() > 0.0
    assert moved[0].max() == 0.0  # another dialogue
    assert moved[2].min() > 0.0  # a later window of the same one


@torch.no_grad()
def test_a_late_answer_is_late():
    made, given = model(), windows()
    before, _ = made(given, torch.tensor([0, 2, 0]))
    given.summaries[1, 6] += 5.0
    after, _ = made(given, torch.tensor([0, 2, 0]))
    moved = (before - after).abs().amax(-1)[1]
    first = next(i for i in range(FRAMES // EVERY) if (i + 1) * EVERY >= 5 * SUMMARY_FRAMES)
    assert moved[:first].max() == 0.0
    assert moved[first:].min() > 0.0


@torch.no_grad()
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_left_out_hears_nothing(part):
    changed = windows()
    if part == "lpe":
        changed.face[..., :-1] += 0.3
    elif part == "hbcu":
        changed.summaries.add_(3.0)
    else:
        changed.affect.add_(1.0)
    whole, without = model(), model([p for p in PARTS if p != part])
    assert not torch.allclose(whole(windows(), FRESH)[0], whole(changed, FRESH)[0])
    assert torch.equal(without(windows(), FRESH)[0], without(changed, FRESH)[0])


@torch.no_grad()
def test_padding_is_not_learned_from():
    made, given = model(), windows()

    def parts():
        torch.manual_seed(0)
        return made.loss(given)[1]

    before = parts()
    given.labels[0, -3:] = 1 - given.labels[0, -3:]
    given.faces[0, -3:] += 1.0
    given.affects[0, -3:] += 1.0
    assert parts() == before
    given.labels[0, -4] = 1 - given.labels[0, -4]
    given.faces[0, -4] += 1.0
    after = parts()
    assert after["behaviour"] != before["behaviour"]
    assert after["ahead"] != before["ahead"]


@torch.no_grad()
def test_what_is_ahead_is_told_from_what_was_before():
    """Of 12 summaries the last that is asked is the eighth: later ones change nothing, and no mean leaves the face."""
    made, given = model(), windows()
    made.fit_reader(given.faces.flatten(0, 1).new_zeros(4, MOTION_DIM))
    given.lengths[0] = SUMMARIES

    def ahead():
        return made._ahead(given, made.remembered(given.summaries)).item()

    before = ahead()
    given.summaries[:, -AHEAD_SUMMARIES:] += 5.0
    assert ahead() == before
    given.summaries[:, -AHEAD_SUMMARIES - 1] += 5.0
    assert ahead() != before


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match="'lcu'"):
        ContextModel(["lcu"])
