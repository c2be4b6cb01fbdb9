"""The alert rules: valid, each tested both ways, about series that are exported, each with its paragraph in the runbook."""

import re
import subprocess

import pytest
import yaml

from tests.contract.contract_files import ROOT
from tests.deploy.exported import OF_OTHERS, asked_names, exported_names
from tests.support.needs import needs_promtool

FOLDER = ROOT / "deploy" / "prometheus"
RULES = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
NAMES = [rule["alert"] for rule in RULES]
TEST_FILES = sorted(FOLDER.glob("*.test.yml"))
TESTS = [test for path in TEST_FILES for test in yaml.safe_load(path.read_text())["tests"]]
RUNBOOK = (ROOT / "deploy" / "README.md").read_text()


def promtool(*arguments: str) -> str:
    """What promtool says; AssertionError with it where it is not content."""
    run = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@needs_promtool
def test_prometheus_takes_the_configuration_and_the_rules():
    assert f"{len(RULES)} rules found" in promtool("check", "config", "prometheus.yml")


@needs_promtool
def test_every_alert_fires_when_it_should_and_not_otherwise():
    promtool("test", "rules", *(path.name for path in TEST_FILES))


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_is_tested_both_ways(name):
    expected = [
        case.get("exp_alerts", []) for test in TESTS for case in test["alert_rule_test"] if case["alertname"] == name
    ]
    assert any(expected), "never fires in a test"
    assert not all(expected), "always fires in its tests"


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_an_alert_asks_only_for_series_that_somebody_exports(rule):
    assert asked_names(rule["expr"]) - OF_OTHERS <= exported_names()


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_an_alert_has_its_paragraph_in_the_runbook(rule):
    path, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert (ROOT / path).samefile(ROOT / "deploy" / "README.md")
    assert anchor == rule["alert"].lower()
    section = re.search(rf"^#+ {rule['alert']}\n\n(.+?)\n(?=\n#|\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert section, f"no section {rule['alert']}"
    assert all(f"**{word}**" in section[1] for word in ("Means:", "Look at:", "Do:"))


def test_the_runbook_has_no_alert_that_is_gone():
    chapter = RUNBOOK.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (\w+)$", chapter, re.MULTILINE) == NAMES
