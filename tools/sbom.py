"""The bill of materials (CycloneDX 1.6): what runs, from the lock files. `sbom.py` writes it, `sbom.py check` compares.

Python packages are those of requirements/main.txt, with the licences that the installed packages state; page files come
from package-lock.json, what the gate app ships from field/package-lock.json. Hashes stand in the lock files.
"""

import json
import re
import sys
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parents[1]
TARGET = HOUSE / "docs" / "sbom.cdx.json"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def bill() -> dict[str, Any]:
    """The whole document; the same lock files give the same bill."""
    components = {one["purl"]: one for one in [*_python(), *_pages(), *_field()]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": list(components.values()),
    }


def _python() -> list[dict[str, Any]]:
    pinned = _PINNED.findall((HOUSE / "requirements" / "main.txt").read_text("utf-8"))
    return [_component("pypi", name, version, _licence(name)) for name, version in pinned]


def _licence(name: str) -> str:
    """As the package states it: an expression, else its classifiers."""
    stated = metadata(name)
    if expression := stated.get("License-Expression"):
        return str(expression)
    classifiers = [one for one in stated.get_all("Classifier", []) if one.startswith("License :: ")]
    return "; ".join(one.rpartition(" :: ")[2] for one in classifiers) or str(stated.get("License", ""))


def _pages() -> list[dict[str, Any]]:
    return [_npm(path, one) for path, one in _locked("package-lock.json") if not one.get("optional")]


def _field() -> list[dict[str, Any]]:
    """Without the tools that build it."""
    return [_npm(path, one) for path, one in _locked("field/package-lock.json") if not one.get("dev")]


def _locked(name: str) -> list[tuple[str, dict[str, Any]]]:
    packages = json.loads((HOUSE / name).read_text("utf-8"))["packages"]
    return [(path, one) for path, one in packages.items() if path]


def _npm(path: str, one: dict[str, Any]) -> dict[str, Any]:
    return _component("npm", path.rpartition("node_modules/")[2], one["version"], one.get("license", ""))


def _component(source: str, name: str, version: str, licence: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:{source}/{name.replace('@', '%40')}@{version}",
    }
    if licence:
        component["licenses"] = [{"license": {"name": licence.splitlines()[0][:100]}}]
    return component


def main() -> None:
    text = json.dumps(bill(), indent=1, ensure_ascii=False) + "\n"
    if "check" not in sys.argv[1:]:
        TARGET.write_text(text, "utf-8")
    elif TARGET.read_text("utf-8") != text:
        sys.exit("docs/sbom.cdx.json is not what the lock files say: run tools/sbom.py")


if __name__ == "__main__":
    main()
