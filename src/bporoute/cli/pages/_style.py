"""How pages of a command look: on a light and a dark screen, and on paper."""

from __future__ import annotations

from bporoute._base.page_style import DARK, EVERY_PAGE, LIGHT, named, on_screens

SHADES = 8
"""Shades of a heat map, the first for nothing."""
_LIGHT_SHADES = ["#f3f6f8", "#dce9f2", "#bcd5e6", "#97bdd7", "#6fa1c4", "#4982ad", "#2f6690", "#184463"]
_DARK_SHADES = ["#1b2126", "#1d303e", "#234559", "#2b5c79", "#37769b", "#4d93bd", "#74b0dd", "#aed4f0"]
_LIGHT_SHORT = {1: "#f6cfc6", 2: "#e38a76", 3: "#b3341f"}
_DARK_SHORT = {1: "#4d2a24", 2: "#8f4436", 3: "#f07a62"}
"""Shades of too few."""
_WHITE_FROM, _BLACK_FROM = 5, 5
"""Shades from which on numbers are written in the other colour: on light, on dark."""


def _values(
    colors: dict[str, str], shades: list[str], short: dict[int, str], other_ink: str, other_from: int
) -> str:
    inks = [other_ink if number >= other_from else colors["ink"] for number in range(SHADES)]
    return named(
        {
            **colors,
            **{f"shade{number}": color for number, color in enumerate(shades)},
            **{f"short{number}": color for number, color in short.items()},
            **{f"on-shade{number}": ink for number, ink in enumerate(inks)},
            **{f"on-short{number}": other_ink if number == 3 else colors["ink"] for number in short},
        }
    )


def _style() -> str:
    light = _values(LIGHT, _LIGHT_SHADES, _LIGHT_SHORT, "#ffffff", _WHITE_FROM)
    dark = _values(DARK, _DARK_SHADES, _DARK_SHORT, "#10151a", _BLACK_FROM)
    fills = "".join(f".{name}{{fill:var(--{name});background:var(--{name})}}" for name in LIGHT)
    cells = [*(f"shade{number}" for number in range(SHADES)), *(f"short{number}" for number in _LIGHT_SHORT)]
    shades = "".join(
        f".{name}{{fill:var(--{name});background:var(--{name})}}.on-{name}{{fill:var(--on-{name})}}"
        for name in cells
    )
    lines = "".join(f".{name}-line{{fill:none;stroke:var(--{name})}}" for name in LIGHT)
    return f"""{on_screens(light, dark)}
{EVERY_PAGE}
main{{max-width:62rem;margin:0 auto;padding:1.5rem 1rem}}
p.lead{{font-size:1.2rem;font-weight:600;margin:0 0 .5rem}}
.notes li,footer{{color:var(--faint);font-size:.9rem;overflow-wrap:anywhere}}
figure{{margin:2rem 0 0}}
figcaption{{font-weight:600;text-align:left;margin-bottom:.35rem}}
.key{{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.1rem 1.25rem;font-size:.85rem}}
.patch{{display:inline-block;width:.8rem;height:.8rem;margin-right:.4rem;border:1px solid var(--rule)}}
.wide{{overflow-x:auto}}
svg{{display:block;width:100%;min-width:40rem;height:auto}}
svg text{{fill:var(--ink);font:13px system-ui,sans-serif}}
svg text.small{{font-size:11px}}
svg text.faint{{fill:var(--faint)}}
svg .middle{{text-anchor:middle}}
svg .end{{text-anchor:end}}
svg .grid{{stroke:var(--rule);stroke-width:1}}
{fills}
{lines}
{shades}
table{{margin-top:2rem}}
th,td{{text-align:right;white-space:nowrap}}
thead th,.long{{white-space:normal}}
.long{{overflow-wrap:anywhere;min-width:10rem}}
th.text,td.text{{text-align:left}}
.marked>*{{font-weight:700}}
@page{{size:A4;margin:14mm}}
@media print{{
body{{font-size:10pt}}
main{{max-width:none;padding:0}}
svg{{min-width:0}}
.wide{{overflow:visible}}
figure,tr,li{{break-inside:avoid}}
h1,h2,figcaption,caption{{break-after:avoid}}
thead{{display:table-header-group}}
svg,.patch{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
}}"""


STYLE = _style()
"""The style sheet of every page; the colours have names, and a drawing is made of these."""
