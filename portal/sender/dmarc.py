"""DMARC: what the sender's domain asks receivers to do with mails that fail, and which domains count as one."""

from dataclasses import dataclass

from .names import Names

POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True)
class Policy:
    """A DMARC record: where it stands, and what its tags say."""

    domain: str
    texts: list[str]
    tags: dict[str, str]

    def asks(self, sender: str) -> str:
        """What is to be done with mails of this domain that fail; empty where the record does not say so."""
        asked = self.tags.get("p", "")
        if sender != self.domain:
            asked = self.tags.get("sp", asked)
        return asked.lower() if asked.lower() in POLICIES else ""


def policy(names: Names, sender: str) -> Policy | None:
    """The record of the sender's domain, or of the nearest one above it. Raises Unanswered."""
    labels = sender.split(".")
    for start in range(max(len(labels) - 1, 1)):
        domain = ".".join(labels[start:])
        texts = [text for text in names.texts(f"_dmarc.{domain}") if text.lower().startswith("v=dmarc1")]
        if texts:
            pairs = (tag.split("=", 1) for tag in texts[0].split(";") if "=" in tag)
            return Policy(domain, texts, {name.strip().lower(): value.strip() for name, value in pairs})
    return None


def is_aligned(proved: str, sender: str, found: Policy | None, tag: str) -> bool:
    """Whether what was proved for one domain counts for the sender's: ``tag`` is aspf for SPF, adkim for DKIM.

    The domain of the record stands in for the organization's: who put it there speaks for all below it.
    """
    if proved == sender:
        return True
    if found is not None and found.tags.get(tag, "r").lower() == "s":
        return False
    above = found.domain if found is not None else min(proved, sender, key=len)
    return all(domain == above or domain.endswith(f".{above}") for domain in (proved, sender))
