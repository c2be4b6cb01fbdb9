"""The topics, from their cards in `schemas/topics/`: `python -m services.shared.topics` creates those that are missing.

It waits for the broker until TOPICS_DEADLINE_S is over, and may be run again at any time.
"""

import sys
import time
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from services.shared.errors import CoverageError, Unavailable
from services.shared.kafka_client import TopicSpec, create_topics
from services.shared.settings import SharedSettings

FOLDER = Path(__file__).parents[2] / "schemas" / "topics"
COVERAGE_MILESTONES = "coverage-milestones"
ENROLLMENT_EVENTS = "enrollment-events"
ENROLLMENT_REJECTED = "enrollment-rejected"
REFERENCE_DATA = "reference-data"


class TopicCard(BaseModel):
    """One file of `schemas/topics/`: what a topic holds, and how the broker keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    topic: str
    description: str
    key: str
    value: str
    partitions: int = Field(ge=1)
    cleanup_policy: Literal["delete", "compact"]
    retention_ms: int = Field(ge=-1)
    max_message_bytes: int = Field(1_048_588, ge=1024)
    producers: list[str]
    consumers: list[str]
    examples: str

    def spec(self, settings: SharedSettings) -> TopicSpec:
        """What to ask the broker for, under the name the topic has on this broker."""
        configs = {"cleanup.policy": self.cleanup_policy, "retention.ms": str(self.retention_ms)}
        configs["max.message.bytes"] = str(self.max_message_bytes)
        return TopicSpec(settings.topic(self.topic), self.partitions, configs)


class TopicsSettings(SharedSettings):
    """How long to wait for the broker."""

    topics_deadline_s: float = Field(60, gt=0, description="Seconds to wait for the broker before giving up")


def cards(folder: Path = FOLDER) -> list[TopicCard]:
    """Every card, by name."""
    return [TopicCard.model_validate(yaml.safe_load(path.read_bytes())) for path in sorted(folder.glob("*.yaml"))]


def partitions_of(topic: str) -> int:
    """How many partitions a topic has, by its card."""
    return next(card.partitions for card in cards() if card.topic == topic)


def create_all(settings: SharedSettings, deadline_s: float) -> list[str]:
    """Create the missing topics; returns their names. Unavailable where the broker has not answered in time."""
    specs = [card.spec(settings) for card in cards()]
    give_up_at = time.monotonic() + deadline_s
    while True:
        try:
            return create_topics(settings, specs)
        except Unavailable:
            if time.monotonic() >= give_up_at:
                raise
            time.sleep(0.5)


def main() -> int:
    """Create the missing topics; exit 1 with one line where it cannot."""
    try:
        settings = TopicsSettings.from_environment()
        created = create_all(settings, settings.topics_deadline_s)
    except CoverageError as error:
        print(f"topics: {error}", file=sys.stderr)
        return 1
    print(f"topics: {', '.join(created) or 'nothing to do'} at {settings.kafka_bootstrap_servers}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
