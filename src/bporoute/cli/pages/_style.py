"""How pages look: on a light and a dark screen, and on paper."""

from __future__ import annotations

SHADES = 8
"""Shades of a heat map, the first for nothing."""
_LIGHT = {
    "paper": "#ffffff",
    "ink": "#20262c",
    "faint": "#5a646e",
    "rule": "#d5dae0",
    "first": "#2f6690",
    "second": "#c8641a",
    "third": "#7d4f9e",
    "band": "#c3d9ea",
    "rest": "#b4bcc4",
    "best": "#24784a",
    "few": "#b3341f",
    "many": "#2f6690",
}
_DARK = {
    "paper": "#14181c",
    "ink": "#e6eaee",
    "faint": "#a3adb7",
    "rule": "#39424b",
    "first": "#74b0dd",
    "second": "#f0964c",
    "third": "#b894d6",
    "band": "#2c4a61",
    "rest": "#68727c",
    "best": "#5cc48d",
    "few": "#f07a62",
    "many": "#74b0dd",
}
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
    named = [f"--{name}:{color}" for name, color in colors.items()]
    named += [f"--shade{number}:{color}" for number, color in enumerate(shades)]
    named += [f"--short{number}:{color}" for number, color in short.items()]
    named += [
        f"--on-shade{number}:{other_ink if number >= other_from else colors['ink']}"
        for number in range(SHADES)
    ]
    named += [f"--on-short{number}:{other_ink if number == 3 else colors['ink']}" for number in short]
    return ";".join(named)


def _style() -> str:
    light = _values(_LIGHT, _LIGHT_SHADES, _LIGHT_SHORT, "#ffffff", _WHITE_FROM)
    dark = _values(_DARK, _DARK_SHADES, _DARK_SHORT, "#10151a", _BLACK_FROM)
    fills = "".join(f".{name}{{fill:var(--{name});background:var(--{name})}}" for name in _LIGHT)
    cells = [*(f"shade{number}" for number in range(SHADES)), *(f"short{number}" for number in _LIGHT_SHORT)]
    shades = "".join(
        f".{name}{{fill:var(--{name});background:var(--{name})}}.on-{name}{{fill:var(--on-{name})}}"
        for name in cells
    )
    lines = "".join(f".{name}-line{{fill:none;stroke:var(--{name})}}" for name in _LIGHT)
    return f""":root{{color-scheme:light dark;{light}}}
@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}}
main{{max-width:62rem;margin:0 auto;padding:1.5rem 1rem}}
h1{{font-size:1.6rem;line-height:1.25;margin:0 0 .75rem}}
h2{{font-size:1.15rem;margin:2rem 0 .5rem}}
p.lead{{font-size:1.2rem;font-weight:600;margin:0 0 .5rem}}
ul{{margin:.25rem 0;padding-left:1.25rem}}
.notes li,footer{{color:var(--faint);font-size:.9rem;overflow-wrap:anywhere}}
footer{{margin-top:2rem;border-top:1px solid var(--rule)}}
figure{{margin:2rem 0 0}}
figcaption,caption{{font-weight:600;text-align:left;margin-bottom:.35rem}}
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
table{{border-collapse:collapse;margin-top:2rem;font-size:.9rem;font-variant-numeric:tabular-nums}}
th,td{{padding:.2rem .6rem;border-bottom:1px solid var(--rule);vertical-align:top;text-align:right}}
thead th{{color:var(--faint);vertical-align:bottom}}
th,td{{white-space:nowrap}}
thead th,.long{{white-space:normal}}
.long{{overflow-wrap:anywhere;min-width:10rem}}
th.text,td.text{{text-align:left}}
tbody th{{font-weight:400}}
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
