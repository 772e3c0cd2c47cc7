"""The page for Asterisk has what the example has, and that is right."""

from __future__ import annotations

import re

from bporoute import Center
from bporoute.telephony import Destinations
from bporoute.telephony.ami import read_names
from helpers.places import EXAMPLES, ROOT

FOLDER = EXAMPLES / "asterisk"


def test_what_is_to_be_pasted_stands_in_the_example() -> None:
    page = (ROOT / "docs" / "asterisk.md").read_text()
    files = "".join(path.read_text() for path in sorted(FOLDER.iterdir()))
    blocks = re.findall(r"```(?:toml|ini)\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 5
    assert [block for block in blocks if block not in files] == []


def test_its_files_are_right() -> None:
    center = Center.load(FOLDER / "center.toml")
    assert set(Destinations.load(FOLDER / "dial.toml", center, "dial")) == {*center.queues, *center.vendors}
    names = read_names(FOLDER / "names.toml")
    assert set(names.queues.values()) == set(center.queues)
    assert set(names.trunks.values()) == set(center.vendors)
