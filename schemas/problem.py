"""The one error body of every service: RFC 9457 problem details."""

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One thing wrong with one field of a request."""

    field: str = Field(description="The field as the client named it, dotted where nested")
    message: str = Field(description="What is wrong and what to do")
    code: str = Field("invalid", description="Which kind of wrong it is, for programs: screens translate it")


class Problem(BaseModel):
    """RFC 9457 problem details; `errors` names the fields of a 422."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", description="A URI that names this kind of problem")
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default_factory=list)
