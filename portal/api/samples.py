"""How to call an operation from curl, Python and JavaScript, made from the document itself."""

from typing import Any

import orjson

UUID_SAMPLE = "01985f3e-7c1a-7d2b-9f1e-2a4b6c8d0e1f"
UNKNOWN = "text"
FEW = 12  # words that a choice is told with; all codes have a table of their own
_BY_FORMAT = {"uuid": UUID_SAMPLE, "email": "teammate@example.com", "date-time": "2026-07-03T12:00:00.000Z"}
_BY_NAME = {
    "email": "teammate@example.com",
    "slug": "northwind",
    "name": "Northwind Traders",
    "password": "a long passphrase",
    "token": UUID_SAMPLE,
    "message": "Team removed successfully.",
    "createdAt": "2026-07-03T12:00:00.000Z",
    "updatedAt": "2026-07-03T12:00:00.000Z",
    "expiresAt": "2026-07-03T12:00:00.000Z",
    "organizationName": "Northwind Traders",
    "organizationSlug": "northwind",
    "inviterEmail": "ines@example.com",
    "method": "email-password",
    "role": "member",
    "organizationRole": "member",
    "ipAddress": "203.0.113.7",
    "userAgent": "curl/8.5.0",
}


def body_of(whole: dict[str, Any], operation: dict[str, Any]) -> Any:
    """An example of an operation's body; None when it takes none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return content["example"] if content else None


def body_fields(whole: dict[str, Any], operation: dict[str, Any]) -> list[tuple[str, str, bool, str]]:
    """The fields of an operation's body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return fields(whole, content["schema"]) if content else []


def example(whole: dict[str, Any], schema: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits a schema: its own example, or one put together from what it says."""
    if "$ref" in schema:
        return example(whole, whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    if words := schema.get("enum"):
        return _BY_NAME[name] if _BY_NAME.get(name) in words else words[0]
    if "example" in schema or "const" in schema:
        return schema.get("example", schema.get("const"))
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            said = example(whole, schema[key][0], name, depth)
            return None if said == UNKNOWN and {"type": "null"} in schema[key] else said
    return _made_up(whole, schema, name, depth)


def _made_up(whole: dict[str, Any], schema: dict[str, Any], name: str, depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        required = schema.get("required", [])
        properties = schema.get("properties", {})
        return {key: example(whole, properties[key], key, depth + 1) for key in properties if key in required}
    if kind == "array":
        return [example(whole, schema.get("items", {}), name, depth + 1)] if depth < 6 else []
    if kind in ("integer", "number"):
        return max(int(schema.get("minimum", 1)), 1)
    if kind in ("boolean", "null"):
        return False if kind == "boolean" else None
    return _BY_FORMAT.get(
        schema.get("format", ""), _BY_NAME.get(name, UUID_SAMPLE if name.lower().endswith("id") else UNKNOWN)
    )


def filled(whole: dict[str, Any], path: str, operation: dict[str, Any]) -> str:
    """The path with examples in its places, and the query that is required."""
    query = []
    for parameter in operation.get("parameters", []):
        value = parameter.get("example") or example(whole, parameter.get("schema", {}), parameter["name"])
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(value))
        elif parameter["in"] == "query" and parameter.get("required"):
            query.append(f"{parameter['name']}={value}")
    return path + ("?" + "&".join(query) if query else "")


def of(method: str, address: str, operation: dict[str, Any], body: Any) -> dict[str, str]:
    """The same call three times."""
    security = operation.get("security") or []
    names = {name for way in security for name in way}
    header = _credential(names)
    text = None if body is None else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
    return {
        "curl": _curl(method, address, header, text),
        "Python": _python(method, address, header, body),
        "JavaScript": _javascript(method, address, header, text),
    }


def _credential(names: set[str]) -> tuple[str, str] | None:
    if "token" in names:
        return "Authorization", "Bearer usher_…"
    return ("Cookie", "better-auth.session_token=…") if "session" in names else None


def _curl(method: str, address: str, header: tuple[str, str] | None, body: str | None) -> str:
    lines = [f"curl -X {method} '{address}'"]
    lines += [f"  -H '{header[0]}: {header[1]}'"] if header else []
    lines += ["  -H 'Content-Type: application/json'", f"  -d '{body}'"] if body is not None else []
    return " \\\n".join(lines)


def _python(method: str, address: str, header: tuple[str, str] | None, body: Any) -> str:
    lines = ["import requests", "", f"reply = requests.{method.lower()}(", f'    "{address}",']
    lines += [f'    headers={{"{header[0]}": "{header[1]}"}},'] if header else []
    lines += [f"    json={body!r},"] if body is not None else []
    return "\n".join([*lines, ")", "print(reply.status_code, reply.json())"])


def _javascript(method: str, address: str, header: tuple[str, str] | None, body: str | None) -> str:
    headers = [f'"{header[0]}": "{header[1]}"'] if header else []
    headers += ['"Content-Type": "application/json"'] if body is not None else []
    lines = [f'const reply = await fetch("{address}", {{', f'  method: "{method}",']
    lines += [f"  headers: {{ {', '.join(headers)} }},"] if headers else []
    lines += [f"  body: JSON.stringify({body}),"] if body is not None else []
    return "\n".join([*lines, "});", "console.log(reply.status, await reply.json());"])


def fields(whole: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, bool, str]]:
    """What an object holds: each field's name, type, whether it is required, and what is said of it."""
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", [])
    return [
        (name, kind_of(part), name in required, part.get("description", ""))
        for name, part in schema.get("properties", {}).items()
    ]


def kind_of(schema: dict[str, Any]) -> str:
    """A field's type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(kind_of(part) for part in schema[key]))
    if "enum" in schema:
        words = [str(word) for word in schema["enum"]]
        return ", ".join(words) if len(words) <= FEW else "a code of those above"
    if schema.get("type") == "array":
        return f"array of {kind_of(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or schema.get("const", "anything"))
