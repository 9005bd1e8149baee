"""HTML that cannot be broken by what it shows: elements, never text with markup in it.

Text and attributes are escaped when the page is written, whoever wrote them. What could run or fetch is refused outright.
"""

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

from cli.words import plain

Child: TypeAlias = "Element | str | Iterable[Child] | None"
_REFUSED = ("script", "iframe", "object", "embed", "form", "base", "img", "foreignobject")
_FETCHING = ("href", "src", "srcset", "action", "data", "xlink:href")


def h(tag: str, /, *children: Child, **attributes: str | float | bool | None) -> Element:
    """An element. `class_` is class, `aria_label` is aria-label; an attribute that is None or False is left out."""
    if tag.lower() in _REFUSED:
        raise ValueError(f"a report has no <{tag}>")
    element = Element(tag)
    for key, value in attributes.items():
        name = key.rstrip("_").replace("_", "-")
        if value is not None and value is not False:
            element.set(name, _attribute(name, "" if value is True else str(value)))
    for child in children:
        _add(element, child)
    return element


def page(html: Element, *, style: str) -> str:
    """The whole document. `style` is the one thing that is written as it is."""
    head = html.find("head")
    if head is None or "</" in style:
        raise ValueError("a page has a head, and its style no end tag")
    sheet = Element("style")
    sheet.text = style
    head.append(sheet)
    return f"<!doctype html>\n{tostring(html, encoding='unicode', method='html')}\n"


def _attribute(name: str, value: str) -> str:
    if name.lower().startswith("on") or (name.lower() in _FETCHING and not value.startswith(("#", "data:,"))):
        raise ValueError(f"a report fetches and runs nothing: {name}={value!r}")
    return plain(value)


def _add(element: Element, child: Child) -> None:
    if child is None:
        return
    if isinstance(child, Element):
        element.append(child)
    elif isinstance(child, str):
        _write(element, plain(child))
    else:
        for each in child:
            _add(element, each)


def _write(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
