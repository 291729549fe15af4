"""generate.py URL - writes tenantry_schema.py, the types of the OpenAPI document at this address.

If TENANTRY_KEY is set, the types contain the fields and objects of the key's organization.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}

definitions: dict[str, str] = {}


def class_name(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def define(name: str, text: str) -> str:
    if name in definitions:
        raise SystemExit(f"two schemas have the name {name}")
    definitions[name] = text
    return name


def object_type(schema: dict[str, Any], name: str) -> str:
    """Returns a class for an object with known members, otherwise a dictionary."""
    if "properties" not in schema:
        rest = schema.get("additionalProperties")
        return f"dict[str, {type_of(rest, name + 'Value') if isinstance(rest, dict) and rest else 'Any'}]"
    members = {key: type_of(value, name + class_name(key)) for key, value in schema["properties"].items()}
    return define(name, f"TypedDict({name!r}, {members!r}, total=False)")


def array_type(schema: dict[str, Any], name: str) -> str:
    if "prefixItems" in schema:
        return f"tuple[{', '.join(type_of(item, f'{name}{n}') for n, item in enumerate(schema['prefixItems']))}]"
    return f"list[{type_of(schema['items'], name + 'Item') if 'items' in schema else 'Any'}]"


def type_of(schema: dict[str, Any], name: str) -> str:
    """Returns the type of a schema. The names of its classes begin with the given name."""
    if "$ref" in schema:
        return class_name(schema["$ref"].rsplit("/", 1)[1])
    if "const" in schema or "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema.get('enum', [schema.get('const')])))}]"
    if "oneOf" in schema:
        return " | ".join(type_of(one, f"{name}{n or ''}") for n, one in enumerate(schema["oneOf"]))
    kinds = schema.get("type", "any")
    return " | ".join(
        object_type(schema, name) if kind == "object" else array_type(schema, name) if kind == "array"
        else PLAIN.get(kind, "Any") for kind in ([kinds] if isinstance(kinds, str) else kinds))


def module(schemas: dict[str, Any]) -> str:
    for name, schema in schemas.items():
        found = type_of(schema, class_name(name))
        if found != class_name(name):
            define(class_name(name), f'"{found}"')
    lines = ["# Written by generate.py.", "from typing import Any, Literal, Never, TypeAlias, TypedDict, overload", "",
             "import tenantry_client", "from tenantry_client import Rows", ""]
    lines += [f"{name}{'' if text.startswith('TypedDict') else ': TypeAlias'} = {text}"
              for name, text in definitions.items()]
    events = [class_name(name) for name in schemas if name.endswith(".event")]
    lines += [f'Event: TypeAlias = "{" | ".join(events) or "Any"}"', "", "",
              "class Tenantry(tenantry_client.Tenantry):"]
    first = "  # type: ignore[override]"
    for name in (name.removesuffix(".filter") for name in schemas if name.endswith(".filter")):
        of = [class_name(f"{name}{part}") if f"{name}{part}" in schemas else "Never" for part in ("", ".input", ".filter")]
        sort = schemas.get(f"{name}.sort", {}).get("prefixItems")
        of.append(type_of(sort[0], "") if sort else "Never")
        lines += [f"\t@overload{first}",
                  f"\tdef rows(self, resource: Literal[{name!r}]) -> Rows[{', '.join(of)}]: ..."]
        first = ""
    return "\n".join([*lines, "\tdef rows(self, resource: str) -> Any:", "\t\treturn super().rows(resource)", ""])


def read(address: str, key: str | None, accepted: str | None = None) -> dict[str, Any]:
    """Returns the JSON at an address, also of a refusal with the accepted code."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request) as response:
            found: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as refused:
        try:
            found = json.load(refused)
        except ValueError:
            found = {}
        if accepted is None or found.get("code") != accepted:
            message = found.get("message")
            raise SystemExit(f"{address}: status {refused.code}{f', {message}' if message else ''}") from None
    return found


def check(url: str, key: str) -> None:
    """Refuses a key that the server ignores for the document, because the document is public."""
    organization = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query).get("orgId")
    query = f"?{urllib.parse.urlencode({'orgId': organization[0]})}" if organization else ""
    # key_scope means that the key is valid, but restricted to other resources.
    read(urllib.parse.urljoin(url, "catalogue") + query, key, "key_scope")


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python3 generate.py https://crm.example.org/api/openapi.json")
    url = sys.argv[1]
    key = os.environ.get("TENANTRY_KEY")  # in an argument, other users of the machine would see it
    if key:
        check(url, key)
    document = read(url, key)
    with open("tenantry_schema.py", "w") as file:
        file.write(module(document["components"]["schemas"]))


if __name__ == "__main__":
    main()
