"""``make sbom``: a bill of materials as CycloneDX 1.6, of what an installation of the portal consists of.

Versions and hashes are those of the locked file; licences and what needs what are read from the installed packages.
"""

import hashlib
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from .locked import Locked, packages, scripts


def bill(root: Path) -> str:
    """The bill of the checkout at ``root``, as JSON."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    itself = Component(name=project["name"], version=project["version"], type=ComponentType.APPLICATION)
    bom = Bom()
    bom.metadata.component = itself
    made = {package.name: _package(package) for package in packages(root / "requirements.txt")}
    vendored = [_script(*each) for each in scripts(root / "static" / "vendor").values()]
    for component in (*made.values(), *vendored):
        bom.components.add(component)
    for name, component in made.items():
        bom.register_dependency(component, [made[needed] for needed in _needs(name) if needed in made])
    own = [made[_plain(said)] for said in project["dependencies"] if _plain(said) in made]
    bom.register_dependency(itself, [*own, *vendored])
    return str(JsonV1Dot6(bom).output_as_string(indent=2))


def _package(package: Locked) -> Component:
    purl = PackageURL("pypi", None, package.name, package.version)
    return _component(package, purl, _licence(package.name), package.hashes)


def _script(package: Locked, licence: str, file: Path) -> Component:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return _component(package, PackageURL("npm", None, package.name, package.version), licence, (digest,))


def _component(package: Locked, purl: PackageURL, licence: str, hashes: tuple[str, ...]) -> Component:
    return Component(
        name=package.name, version=package.version, purl=purl, bom_ref=str(purl), type=ComponentType.LIBRARY,
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        external_references=[_files(purl, hashes)],
    )  # fmt: skip


def _files(purl: PackageURL, hashes: tuple[str, ...]) -> ExternalReference:
    """Where its files are, with the hash of each that may be installed."""
    place = f"https://pypi.org/project/{purl.name}/{purl.version}/"
    if purl.type == "npm":
        place = f"https://www.npmjs.com/package/{purl.name}/v/{purl.version}"
    taken = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in hashes]
    return ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(place), hashes=taken)


def _licence(name: str) -> str:
    """What a package's own metadata says in one line; empty for one that this system does not install."""
    try:
        said = distribution(name).metadata
    except PackageNotFoundError:
        return ""
    classified = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if c.startswith("License :: OSI")]
    stated = said.get("License-Expression") or said.get("License") or ""
    return stated if stated and "\n" not in stated else " OR ".join(classified)


def _needs(name: str) -> list[str]:
    try:
        return [_plain(said) for said in distribution(name).requires or [] if "extra ==" not in said]
    except PackageNotFoundError:
        return []


def _plain(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()
