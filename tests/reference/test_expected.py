"""A published figure finds its field in an answer."""

import pytest

from deploy.reference.expected import pick

ANSWER = {
    "participants": 366,
    "targets": [{"id": "T-1", "achieved_pct": 150.0, "milestones": [{"status": "met"}]}, {"id": "T-2"}],
    "children": [
        {"region": {"id": "VN.91.913"}, "participants": 5},
        {"region": {"id": "VN.91.909"}, "participants": 0},
    ],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("participants", 366),
        ("targets.T-1.achieved_pct", 150.0),
        ("targets.T-1.milestones.0.status", "met"),
        ("children.[VN.91.913].participants", 5),
        ("children.1.participants", 0),
    ],
)
def test_a_path_finds_keys_ids_regions_and_positions(field, value):
    assert pick(ANSWER, field) == value


@pytest.mark.parametrize("field", ["people", "targets.T-3.achieved", "children.9", "participants.count"])
def test_a_path_to_nothing_names_what_is_missing(field):
    with pytest.raises(KeyError, match=field.split(".")[0]):
        pick(ANSWER, field)
