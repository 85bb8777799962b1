"""A person at their browser, without the browser: opens pages, follows links, fills in forms as they stand there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

VOID = {"meta", "link", "input", "br", "img", "path", "circle", "hr", "base", "wbr"}


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def all(self, tag: str = "", **attrs: str) -> Iterator["Node"]:
        """The elements beneath with that tag and those attributes."""
        for child in self.children:
            if isinstance(child, Node):
                if tag in ("", child.tag) and all(child.attrs.get(k) == v for k, v in attrs.items()):
                    yield child
                yield from child.all(tag, **attrs)

    @property
    def text(self) -> str:
        """What is read, on one line."""
        words = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(words).split())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "wbr":
            return  # a place where a line may end is no word
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        siblings = self.open[-1].children
        if siblings and isinstance(siblings[-1], str):
            siblings[-1] += data
        else:
            siblings.append(data)


def parsed(html: str) -> Node:
    """The page as a tree. Fails where a tag is not closed in its place."""
    builder = _Builder()
    builder.feed(html)
    assert builder.open == [builder.root], f"<{builder.open[-1].tag}> is not closed"
    return builder.root


class Page:
    """A reply, read."""

    def __init__(self, browser: "Browser", response: Any) -> None:
        self.browser, self.response = browser, response
        self.status: int = response.status_code
        asked = response.request
        self.path: str = asked.path
        self.address = asked.path + (f"?{asked.query_string.decode()}" if asked.query_string else "")
        self.html: str = response.text
        response.close()
        self.tree = parsed(self.html)

    @property
    def text(self) -> str:
        return next(self.tree.all("body")).text

    @property
    def heading(self) -> str:
        return next(self.tree.all("h1")).text

    @property
    def said(self) -> str:
        """What is told about what was just done."""
        return " ".join(node.text for role in ("status", "alert") for node in self.tree.all(role=role))

    @property
    def errors(self) -> dict[str, str]:
        """The message at each field."""
        found = self.tree.all("p", **{"class": "error"})
        return {node.attrs["id"].removesuffix("-error"): node.text for node in found}

    @property
    def links(self) -> dict[str, str]:
        """Addresses by what their links say."""
        return {a.text or a.attrs.get("aria-label", ""): a.attrs["href"] for a in self.tree.all("a")}

    @property
    def buttons(self) -> list[str]:
        """What can be done here, besides choosing a language or a look."""
        found = (b for b in self.tree.all("button") if b.attrs.get("type") != "button")
        return [button.text for button in found if button.attrs.get("name") not in ("language", "look")]

    def follow(self, link: str) -> "Page":
        """The page behind a link."""
        return self.browser.open(urljoin(self.address, self.links[link]))

    def form(self, button: str) -> Node:
        """The form that has this button."""
        return next(f for f in self.tree.all("form") if any(b.text == button for b in f.all("button")))

    def fields(self, button: str) -> dict[str, list[str]]:
        """What the form with this button would send."""
        sent: dict[str, list[str]] = {}
        for node in self.form(button).all():
            for value in _values(node):
                sent.setdefault(node.attrs["name"], []).append(value)
        return sent

    def press(self, button: str, **typed: Any) -> "Page":
        """Fills in the form that has this button, presses it, and goes where that leads."""
        form, data = self.form(button), self.fields(button)
        for name, value in typed.items():
            assert any(node.attrs.get("name") == name for node in form.all()), f"no field {name}"
            data[name] = [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]
        assert form.attrs.get("method") == "post"
        pressed = next(b for b in form.all("button") if b.text == button)
        action = pressed.attrs.get("formaction", form.attrs.get("action", ""))
        return self.browser.post(urljoin(self.address, action), data)


def _values(node: Node) -> Iterator[str]:
    attrs = node.attrs
    if "name" not in attrs or "disabled" in attrs:
        return
    if node.tag == "select":
        options = list(node.all("option"))
        chosen = [o for o in options if "selected" in o.attrs] or options[:1]
        yield from (o.attrs.get("value", o.text) for o in chosen)
    elif node.tag == "textarea":
        yield "".join(child for child in node.children if isinstance(child, str)).removeprefix("\r\n").strip("\n")
    elif attrs.get("type") in ("radio", "checkbox"):
        if "checked" in attrs:
            yield attrs.get("value", "on")
    elif node.tag == "input":
        yield attrs.get("value", "")


class Browser:
    """Somebody's browser."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def open(self, path: str, **options: Any) -> Page:
        """The page at an address, after its redirects."""
        return Page(self, self.client.get(path, follow_redirects=True, **options))

    def send(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Page:
        """Posts directly what no button may be there for, with a good token."""
        return self.post(path, {"csrf_token": self.token, **(data or {})}, **options)

    @cached_property
    def token(self) -> str:
        """A good token for this browser's forms."""
        return next(self.open("/sign-in").tree.all("input", name="csrf_token")).attrs["value"]

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Page:
        """Sends a form and goes where that leads."""
        return Page(self, self.client.post(path, data=data or {}, follow_redirects=True, **options))
