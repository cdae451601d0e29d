"""Values that a schema of the OpenAPI document allows: the smallest body that is right.

Made of the document alone, so that they are never of anybody: ids are zeros, texts are the names
of their fields, addresses are those that RFC 2606 keeps for examples.
"""

from collections.abc import Mapping
from typing import Any

BY_FORMAT = {
    "uuid": "00000000-0000-0000-0000-000000000000",
    "date": "2026-01-02",
    "date-time": "2026-01-02T10:00:00Z",
    "email": "someone@example.org",
    "uri": "https://example.org/",
    "decimal": "1.00",
}
BY_PATTERN = {"^[A-Z]{3}$": "EUR", r"^-?\d{0,9}(?:\.\d{0,3})?$": "1.000"}
ANY_OF = ("allOf", "oneOf", "anyOf")


def example(schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "text") -> Any:
    """Return a value that a schema allows, with the fields it requires.

    Arguments
    ---------
    components : the schemas that it may refer to, by name
    name : of the field, which stands for a text of it
    """
    if reference := schema.get("$ref"):
        return example(components[reference.rsplit("/", 1)[-1]], components, name)
    for word in ANY_OF:
        if word in schema:
            return example(schema[word][0], components, name)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        fields = schema.get("properties", {})
        wanted = schema.get("required", ())
        return {field: example(fields[field], components, field) for field in wanted}
    if kind == "array":
        fewest = schema.get("minItems", 1)
        return [example(schema["items"], components, name) for _ in range(max(fewest, 1))]
    plain = {"boolean": True, "integer": schema.get("minimum", 1), "number": 1}
    return plain[kind] if kind in plain else _text(schema, name)


def _text(schema: Mapping[str, Any], name: str) -> str:
    text = BY_FORMAT.get(schema.get("format", ""))
    if text is None:
        decimal = "1.00" if r"\d" in schema.get("pattern", "") else name
        text = BY_PATTERN.get(schema.get("pattern", ""), decimal)
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", len(text))]
