"""What all pages have in common: colours by name, on a light and a dark screen, texts and tables."""

from __future__ import annotations

from collections.abc import Mapping

LIGHT = {
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
DARK = {
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
EVERY_PAGE = """*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .75rem}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
ul{margin:.25rem 0;padding-left:1.25rem}
footer{margin-top:2rem;border-top:1px solid var(--rule)}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{font-weight:600;text-align:left;margin-bottom:.35rem}
th,td{padding:.2rem .6rem;border-bottom:1px solid var(--rule);vertical-align:top}
thead th{color:var(--faint);vertical-align:bottom}
tbody th{font-weight:400}"""
"""Rules of every page, by the names of the colours."""


def named(colors: Mapping[str, str]) -> str:
    """Declarations that give colours their names.

    >>> named({"paper": "#ffffff", "ink": "#20262c"})
    '--paper:#ffffff;--ink:#20262c'
    """
    return ";".join(f"--{name}:{color}" for name, color in colors.items())


def on_screens(light: str, dark: str) -> str:
    """Rules by which a page has the one declarations, or on a screen that is to be dark the others."""
    return f""":root{{color-scheme:light dark;{light}}}
@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"""
