"""An event's fields as the contract validates them, but as plain values: building the model takes half as long again.

The rules are the model's own (its pydantic-core schema); only what is built from them differs: a dict instead of an
instance, strings instead of enum members, and "" or 0 where an optional field is not given.
"""

from typing import Any, cast

from pydantic_core import CoreSchema, SchemaValidator

from schemas.events import EnrollmentEvent
from schemas.vocabulary import REFERRING_KINDS


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    if schema["type"] == "enum":
        return {"type": "literal", "expected": [member.value for member in schema["members"]]}
    if schema["type"] == "literal":
        return {"type": "literal", "expected": [getattr(word, "value", word) for word in schema["expected"]]}
    if schema["type"] == "default" and schema["default"] is None:
        nullable = schema["schema"]
        return schema | {"default": 0 if nullable["schema"]["type"] == "int" else ""}
    return schema


def _validator() -> SchemaValidator:
    """Of the model's fields alone, without the rule about fields together (`_referring_kinds_say_to_what_and_why`)."""
    model = cast(dict[str, Any], EnrollmentEvent.__pydantic_core_schema__)["schema"]
    fields = {
        name: {
            "type": "typed-dict-field",
            "schema": _plain(field["schema"]),
            "required": field["schema"]["type"] != "default",
        }
        for name, field in model["schema"]["fields"].items()
    }
    typed_dict = {"type": "typed-dict", "fields": fields, "extra_behavior": model["config"]["extra_fields_behavior"]}
    return SchemaValidator(cast(CoreSchema, typed_dict), {"cache_strings": "keys"})  # most values come once


_validate = _validator().validate_json


def event_fields(value: bytes) -> dict[str, Any]:
    """The fields of a Kafka value; pydantic's ValidationError where it is no event.

    An optional field is None where the value says null, "" or 0 where it says nothing.
    """
    fields: dict[str, Any] = _validate(value)
    if fields["kind"] in REFERRING_KINDS:
        EnrollmentEvent.model_validate_json(value)  # what the model says about fields together applies to these alone
    return fields
