"""The page's colours are told apart by anyone: contrasts of text and of shapes, by day, by night and on paper (WCAG 2.2, AA)."""

import re
from itertools import pairwise

import pytest

from cli.report.page import STYLE

BLOCK = re.compile(r":root \{(.*?)\}", re.DOTALL)
COLOUR = re.compile(r"--(\w[\w-]*): (#[0-9a-f]{6})")
MODES = dict(zip(("day", "night", "paper"), (dict(COLOUR.findall(block)) for block in BLOCK.findall(STYLE.read_text())), strict=True))
TINTS = [f"t{step}" for step in range(7)]


def light(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["ink", "soft", "good", "bad"])
def test_text_can_be_read_on_the_paper(mode: str, text: str) -> None:
    assert contrast(MODES[mode][text], MODES[mode]["paper"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tint", TINTS)
def test_a_number_can_be_read_on_its_tint(mode: str, tint: str) -> None:
    assert contrast(MODES[mode][tint], MODES[mode][f"{tint}i"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", ["good", "bad", "spare"])
def test_shapes_stand_out_from_the_paper(mode: str, shape: str) -> None:
    assert contrast(MODES[mode][shape], MODES[mode]["paper"]) >= 3


@pytest.mark.parametrize("mode", MODES)
def test_tints_go_one_way_only(mode: str) -> None:
    lights = [light(MODES[mode][tint]) for tint in TINTS]
    assert lights in (sorted(lights), sorted(lights, reverse=True))
    assert all(contrast(MODES[mode][one], MODES[mode][other]) > 1.08 for one, other in pairwise(TINTS))


def test_every_mode_has_all_colours() -> None:
    assert len({frozenset(mode) for mode in MODES.values()}) == 1
