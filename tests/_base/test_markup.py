"""Whatever a text holds, it is read as that text and nothing else."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bporoute._base.markup import Markup, element, escaped, joined

ANY = st.text(st.characters(codec=None))


@given(ANY, ANY)
def test_texts_and_attributes_come_back_as_they_were(content, value):
    found = ElementTree.fromstring(element("p", content, title=value).encode("utf-8", "strict"))
    assert not list(found)
    assert (found.text or "") == _readable(content)
    assert found.get("title").split() == _readable(value).split()


def _readable(text):
    """What XML can hold: other characters are replaced, those that turn the direction are gone."""
    allowed = []
    for sign in text:
        code = ord(sign)
        if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
            continue
        fine = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF
        allowed.append(sign if fine else "\ufffd")
    return "".join(allowed).replace("\r\n", "\n").replace("\r", "\n")  # as every parser reads line ends


def test_markup_is_escaped_once():
    inner = element("b", "<&>")
    assert inner == "<b>&lt;&amp;&gt;</b>"
    assert element("p", inner, " & ") == "<p><b>&lt;&amp;&gt;</b> &amp; </p>"
    assert escaped(inner) is inner
    assert isinstance(joined(["a<", Markup("<br/>")]), Markup)
    assert joined(["a<", inner]) == "a&lt;<b>&lt;&amp;&gt;</b>"


def test_an_attribute_cannot_be_left():
    assert element("p", "x", title='"><script>') == '<p title="&quot;&gt;&lt;script&gt;">x</p>'


def test_only_elements_without_content_are_short():
    assert element("td") == "<td></td>"
    assert element("rect", x=1, width=2.504) == '<rect x="1" width="2.5"/>'
