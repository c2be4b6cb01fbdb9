"""The Kubernetes manifests: valid by the API's own schemas, safe by rule, and fitting the services."""

import subprocess
from typing import Any

import kubernetes_validate
import pytest
import yaml

from services.shared.topics import ENROLLMENT_EVENTS, cards
from tests.contract.contract_files import ROOT
from tests.deploy.exported import asked_names, exported_names
from tests.deploy.settings_named import SECRET, module_of, readable, required
from tests.support.needs import needs_kubectl

FOLDER = ROOT / "deploy" / "k8s"
VERSION = "1.32"
"""The oldest version of Kubernetes that the manifests are checked against; the newest is the package's own."""
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
OBJECTS: list[dict[str, Any]] = [
    each for name in KUSTOMIZATION["resources"] for each in yaml.safe_load_all((FOLDER / name).read_text())
]
OF_OTHERS = {"ScaledObject"}
SERVICES = {"registration": 8001, "aggregator": 8003, "api": 8002}


def called(each: dict[str, Any]) -> str:
    return f"{each['kind']}/{each['metadata']['name']}"


BY_NAME = {called(each): each for each in OBJECTS}
WORKLOADS = {name: each for name, each in BY_NAME.items() if each["kind"] in {"Deployment", "StatefulSet", "Job"}}


def pod(each: dict[str, Any]) -> dict[str, Any]:
    return each["spec"]["template"]["spec"]


def container(each: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod(each)["containers"]
    return only


def test_every_manifest_is_listed():
    listed = {*KUSTOMIZATION["resources"], "kustomization.yaml"}
    assert {path.name for path in FOLDER.glob("*.yaml")} == listed
    assert len(BY_NAME) == len(OBJECTS)


@pytest.mark.parametrize("version", [VERSION, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("name", [name for name, each in BY_NAME.items() if each["kind"] not in OF_OTHERS])
def test_the_api_takes_it(name, version):
    kubernetes_validate.validate(BY_NAME[name], version, strict=True)


@needs_kubectl
def test_kustomize_builds_it():
    arguments = ["kubectl", "kustomize", str(FOLDER)]
    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    built = list(yaml.safe_load_all(run.stdout))
    assert len(built) == len(OBJECTS)
    tag = KUSTOMIZATION["images"][0]["newTag"]
    assert {container(each)["image"] for each in built if called(each) in WORKLOADS} == {f"coverage:{tag}"}


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_is_restricted(name):
    spec, only = pod(WORKLOADS[name]), container(WORKLOADS[name])
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert only["securityContext"]["readOnlyRootFilesystem"] is True
    assert only["securityContext"]["allowPrivilegeEscalation"] is False
    assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} <= set(only["resources"]["requests"])
    assert "memory" in only["resources"]["limits"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_command_gets_the_settings_it_needs_and_none_it_does_not_know(name):
    only = container(WORKLOADS[name])
    shared = set(BY_NAME["ConfigMap/coverage-settings"]["data"])
    given = {variable["name"] for variable in only["env"]}
    known = readable(module_of(only["command"]))
    assert given | shared <= known
    assert required(module_of(only["command"])) <= given | shared


@pytest.mark.parametrize("name", WORKLOADS)
def test_secrets_are_references(name):
    for variable in container(WORKLOADS[name])["env"]:
        if variable["name"] in SECRET | {"KAFKA_USERNAME"}:
            assert variable["valueFrom"]["secretKeyRef"]["name"] == "coverage-secrets"
    assert "Secret" not in {each["kind"] for each in OBJECTS}
    assert not SECRET & set(BY_NAME["ConfigMap/coverage-settings"]["data"])


@pytest.mark.parametrize("name", WORKLOADS)
def test_kubernetes_puts_no_addresses_where_ports_are_read(name):
    """For a Service called `api` it would set API_PORT=tcp://10.0.0.1:8002, which is a setting of ours."""
    assert pod(WORKLOADS[name])["enableServiceLinks"] is False


@pytest.mark.parametrize(("name", "port"), SERVICES.items())
def test_a_service_is_probed_scraped_and_kept_from_all_being_away(name, port):
    workload = next(each for each in WORKLOADS.values() if each["metadata"]["name"] == name)
    only, template = container(workload), workload["spec"]["template"]
    assert only["ports"] == [{"name": "http", "containerPort": port}]
    assert only["livenessProbe"]["httpGet"]["path"] == only["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert only["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(port)
    labels = template["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = BY_NAME[f"{kind}/{name}"]["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        assert selector.get("matchLabels", selector).items() <= labels.items()


def test_a_counting_worker_keeps_its_name():
    workload = BY_NAME["StatefulSet/aggregator"]
    named = {variable["name"]: variable for variable in container(workload)["env"]}["AGGREGATOR_WORKER"]
    assert named["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert BY_NAME["Service/aggregator"]["spec"]["clusterIP"] == "None"
    assert workload["spec"]["serviceName"] == "aggregator"


def test_workers_are_scaled_by_lag_and_never_outnumber_the_partitions():
    spec = BY_NAME["ScaledObject/aggregator"]["spec"]
    (events,) = [card for card in cards() if card.topic == ENROLLMENT_EVENTS]
    assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] <= events.partitions
    assert spec["scaleTargetRef"] == {"kind": "StatefulSet", "name": "aggregator"}
    assert asked_names(spec["triggers"][0]["metadata"]["query"]) <= exported_names()
    assert "replicas" not in BY_NAME["StatefulSet/aggregator"]["spec"]


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("HorizontalPodAutoscaler/")])
def test_what_an_autoscaler_scales_is_there_and_has_no_number_of_its_own(name):
    target = BY_NAME[name]["spec"]["scaleTargetRef"]
    assert "replicas" not in BY_NAME[f"{target['kind']}/{target['name']}"]["spec"]
    assert BY_NAME[name]["spec"]["minReplicas"] >= 2


def test_only_who_must_reaches_kafka_and_clickhouse():
    assert BY_NAME["NetworkPolicy/nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    reached = {
        name: {
            rule["to"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            for rule in BY_NAME[f"NetworkPolicy/{name}"]["spec"]["egress"]
        }
        - {"kube-system"}
        for name in ("registration", "aggregator", "api", "topics", "migrate")
    }
    assert reached == {
        "registration": {"kafka"},
        "aggregator": {"kafka", "clickhouse"},
        "api": {"clickhouse"},
        "topics": {"kafka"},
        "migrate": {"clickhouse"},
    }
