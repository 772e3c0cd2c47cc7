"""How the page for people looks: on a phone, on a dark screen, for whoever wants no colours or no motion."""

from __future__ import annotations

from bporoute._base.page_style import DARK, EVERY_PAGE, LIGHT, named, on_screens

_COLORS = ("paper", "ink", "faint", "rule", "first", "best", "few")
"""Of all that have a name, those that the page uses."""


def _chosen(colors: dict[str, str]) -> str:
    return named({name: colors[name] for name in _COLORS})


PAGE_STYLE = f"""{on_screens(_chosen(LIGHT), _chosen(DARK))}
{EVERY_PAGE}
body{{max-width:76rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}}
a{{color:inherit}}
:focus-visible{{outline:3px solid var(--first);outline-offset:2px}}
nav{{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}}
nav a,.control{{display:inline-block;padding:.3rem 0}}
h2{{margin-top:1.5rem}}
.state{{border-left:.4rem solid var(--best);padding:.25rem .75rem;margin:.75rem 0}}
.state h2{{margin:0;color:var(--best)}}
.state.degraded{{border-color:var(--few)}}
.degraded h2,.bad{{color:var(--few);font-weight:700}}
.faint,footer{{color:var(--faint)}}
.time{{font-variant-numeric:tabular-nums}}
form{{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end}}
label{{display:block}}
input,button{{font:inherit;padding:.35rem .6rem;min-height:2.5rem;max-width:100%;border-radius:.25rem}}
input,button{{color:var(--ink);background:var(--paper);border:1px solid var(--faint)}}
table{{width:100%}}
th,td{{text-align:left}}
tbody th{{min-width:8rem}}
td>div+div,td>ul+div{{margin-top:.25rem}}
td ul{{list-style:none;margin:0;padding:0}}
.bar{{display:block;width:100%;max-width:14rem;height:.5rem}}
.track{{fill:var(--rule)}}
.part{{fill:var(--first)}}
.full{{fill:var(--few)}}
.met{{fill:var(--best)}}
ol{{list-style:none;margin:.5rem 0;padding:0}}
ol>li{{border-bottom:1px solid var(--rule)}}
summary{{padding:.4rem 0;cursor:pointer}}
pre{{margin:0 0 .5rem;padding:.5rem;border-left:2px solid var(--rule);white-space:pre-wrap}}
pre{{font:.85rem/1.4 ui-monospace,monospace}}
@media(max-width:48rem){{
table,tbody,tr,th,td,caption{{display:block}}
thead{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}
tbody tr{{border-bottom:1px solid var(--rule);padding:.5rem 0}}
tbody th,td{{border:0;padding:.1rem 0}}
tbody th{{font-weight:700}}
td{{display:grid;grid-template-columns:6.5rem minmax(0,1fr);column-gap:.5rem}}
td::before{{content:attr(data-label);grid-row:1/span 9;color:var(--faint)}}
td>*{{grid-column:2}}
}}
@media(prefers-reduced-motion:reduce){{*{{scroll-behavior:auto;transition:none;animation:none}}}}
@media(forced-colors:active){{.track{{fill:GrayText}}.part,.full,.met{{fill:CanvasText}}}}
@media print{{form,nav,.control{{display:none}}}}"""
"""The one style sheet."""
