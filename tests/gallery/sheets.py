"""Contact sheets of the pictures, and the README's three."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.provision import ROOT

# How wide a picture is on a sheet, how many to a row, and how many to a sheet.
PHONES, TABLETS, DESKS = (300, 5, 10), (500, 3, 6), (760, 2, 6)
STYLE = """
body { display: grid; gap: 12px; margin: 12px; align-items: start; font: 12px sans-serif; background: #ddd; }
figure { margin: 0; } img { width: 100%; max-height: 760px; object-fit: cover; object-position: top; display: block; }
"""
README = [
    ("invitations", "invitations-1440", 1440, 860),
    ("inviting", "new-checked-1440", 1440, 1150),
    ("join", "join-375", 375, 760),
]


def sheets(browser: Browser, out: Path) -> int:
    """Contact sheets of every picture, by how wide it is. Returns how many."""
    kinds: dict[tuple[int, int, int], list[Path]] = {PHONES: [], TABLETS: [], DESKS: []}
    for file in sorted(out.glob("*.png")):
        look = file.stem.rpartition("-")[2]
        kinds[{"375": PHONES, "ar": PHONES, "768": TABLETS}.get(look, DESKS)].append(file)
    number = 0
    for (width, columns, most), files in kinds.items():
        for start in range(0, len(files), most):
            number += 1
            _sheet(browser, out / f"sheet-{number:02}", files[start : start + most], width, columns)
    return number


def _sheet(browser: Browser, target: Path, files: list[Path], width: int, columns: int) -> None:
    figures = "".join(f'<figure><figcaption>{file.stem}</figcaption><img src="{file.name}"></figure>' for file in files)
    html = target.with_suffix(".html")
    html.write_text(
        f"<!doctype html><meta charset=utf-8><style>{STYLE}"
        f"body {{ grid-template-columns: repeat({columns}, {width}px); }}</style>{figures}"
    )
    _photograph(browser, html, target.with_suffix(".png"), columns * (width + 12) + 12, 900, whole=True)
    html.unlink()


def readme(browser: Browser, out: Path) -> None:
    """The README's three, out of those that were just drawn."""
    for name, drawn, width, height in README:
        holder = out / "one.html"
        holder.write_text(f'<style>body{{margin:0}}</style><img src="{drawn}.png">')
        _photograph(browser, holder, ROOT / "docs" / "pictures" / f"{name}.jpg", width, height)
        holder.unlink()


def _photograph(browser: Browser, html: Path, target: Path, width: int, height: int, whole: bool = False) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(html.as_uri())
    as_jpeg = {"type": "jpeg", "quality": 78} if target.suffix == ".jpg" else {}
    page.screenshot(path=str(target), full_page=whole, **as_jpeg)  # type: ignore[arg-type]
    page.close()
