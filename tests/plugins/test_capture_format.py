"""Both engines' head captures write the same lines: their tests demand the same text, which is JSON."""

from __future__ import annotations

import json
import re

from unity_layer import UNITY
from unreal_layer import UNREAL


def demanded(file, name):
    text = file.read_text("utf-8")
    statement = re.search(rf"{name}\s*=(.*?);\n", text, re.S)
    assert statement is not None, file
    return "".join(json.loads(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', statement.group(1)))


def test_the_same_line():
    unity = demanded(UNITY / "layer_tests" / "FaceTests.cs", "StartOfALine")
    unreal = demanded(UNREAL / "layer_tests" / "tests" / "curves_test.cpp", "start_of_a_line")
    assert unity == unreal
    line = json.loads(unity + "}}")
    assert line["picture"] == 'a"b.png'
    assert line["values"] == {}


def test_the_documentation_names_every_key():
    page = (UNITY / "com.echo-runtime.unity" / "Documentation~" / "index.md").read_text("utf-8")
    line = json.loads(demanded(UNITY / "layer_tests" / "FaceTests.cs", "StartOfALine") + "}}")
    for key in line:
        assert f"`{key}`" in page, key
