"""What the official Python SDK, unmodified, has to find in the simulator.

Each check is a function with a sentence. `python checks.py HOST` runs all of them one after the other and prints
one line of JSON for each: {"name", "ok", "error"}. Everything goes through the SDK; only trouble is ordered from
the simulator's control API, by plain HTTP.
"""

import json
import os
import sys
import time
import traceback
import urllib.request
from datetime import timedelta

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceConflict,
    ResourceDoesNotExist,
    Unauthenticated,
)
from databricks.sdk.service import catalog, compute, iam, jobs

HOST = sys.argv[1]
TOKEN = os.environ["CHECKS_TOKEN"]
SHORT = timedelta(minutes=2)
CHECKS = []


def check(sentence):
    """Names a check; the sentence stands in the report."""

    def register(function):
        CHECKS.append((sentence, function))
        return function

    return register


def client(**settings):
    return WorkspaceClient(config=Config(host=HOST, **({"token": TOKEN} | settings)))


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{HOST}/simulator/{path}", data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def requests_since(index):
    return control("GET", f"requests?since={index}")


def expect(actual, wanted):
    assert actual == wanted, f"{actual!r} instead of {wanted!r}"


def raises(kinds, act):
    try:
        act()
    except kinds as error:
        return error
    raise AssertionError(f"it did not raise one of {kinds}")


w = client()
SPEC = dict(spark_version="15.4.x-scala2.12", node_type_id="m5d.large")
NOTEBOOK = jobs.NotebookTask(notebook_path="/Shared/report")


# Who we are


@check("a personal access token tells who we are and which workspace it is")
def pat():
    expect(w.current_user.me().user_name, os.environ["CHECKS_IDENTITY"])
    expect(w.get_workspace_id(), int(os.environ["CHECKS_WORKSPACE"]))
    expect(w.config.auth_type, "pat")


@check("a wrong personal access token is refused")
def wrong_pat():
    raises((PermissionDenied, Unauthenticated), client(token="dapi-not-this-one").current_user.me)


@check("OAuth M2M gets a token by discovery and calls with it")
def m2m():
    oauth = client(token=None, client_id=os.environ["CHECKS_CLIENT_ID"], client_secret=os.environ["CHECKS_CLIENT_SECRET"])
    expect(oauth.config.auth_type, "oauth-m2m")
    expect(oauth.current_user.me().user_name, os.environ["CHECKS_CLIENT_ID"])


@check("OAuth M2M with a wrong secret fails with the words of the token endpoint")
def wrong_m2m():
    oauth = client(token=None, client_id=os.environ["CHECKS_CLIENT_ID"], client_secret="dose-not-this-one")
    error = raises(Exception, oauth.current_user.me)
    assert "invalid_client" in str(error), error


# Clusters


@check("a cluster is created and waited for, found in the list, edited, resized, restarted and stopped")
def cluster_life():
    made = w.clusters.create_and_wait(cluster_name="sdk", num_workers=2, autotermination_minutes=30, **SPEC, timeout=SHORT)
    expect(made.state, compute.State.RUNNING)
    id = made.cluster_id
    assert id in [one.cluster_id for one in w.clusters.list()]
    resized = w.clusters.resize_and_wait(id, num_workers=4, timeout=SHORT)
    expect((resized.state, resized.num_workers), (compute.State.RUNNING, 4))
    edited = w.clusters.edit_and_wait(
        id, cluster_name="sdk-edited", num_workers=3, custom_tags={"team": "red"}, **SPEC, timeout=SHORT
    )
    expect((edited.cluster_name, edited.num_workers, edited.custom_tags["team"]), ("sdk-edited", 3, "red"))
    updated = w.clusters.update_and_wait(
        id, update_mask="custom_tags", cluster=compute.UpdateClusterResource(custom_tags={"team": "blue"}), timeout=SHORT
    )
    expect((updated.cluster_name, updated.custom_tags["team"]), ("sdk-edited", "blue"))
    expect(w.clusters.restart_and_wait(id, timeout=SHORT).state, compute.State.RUNNING)
    expect(w.clusters.delete_and_wait(id, timeout=SHORT).state, compute.State.TERMINATED)
    expect(w.clusters.get(id).termination_reason.code, compute.TerminationReasonCode.USER_REQUEST)
    expect(w.clusters.start_and_wait(id, timeout=SHORT).state, compute.State.RUNNING)
    types = {event.type for event in w.clusters.events(id)}
    assert {compute.EventType.CREATING, compute.EventType.EDITED, compute.EventType.RESIZING} <= types, types
    w.clusters.permanent_delete(id)
    raises((ResourceDoesNotExist, NotFound), lambda: w.clusters.get(id))


@check("clusters are filtered and sorted by the server")
def cluster_list():
    ids = [w.clusters.create(cluster_name=name, num_workers=1, **SPEC).cluster_id for name in ("zz-sdk", "aa-sdk")]
    w.clusters.pin(ids[0])
    pinned = w.clusters.list(filter_by=compute.ListClustersFilterBy(is_pinned=True))
    expect([one.cluster_id for one in pinned], [ids[0]])
    by_name = w.clusters.list(
        filter_by=compute.ListClustersFilterBy(cluster_sources=[compute.ClusterSource.API, compute.ClusterSource.UI]),
        sort_by=compute.ListClustersSortBy(
            field=compute.ListClustersSortByField.CLUSTER_NAME, direction=compute.ListClustersSortByDirection.DESC
        ),
    )
    names = [one.cluster_name for one in by_name]
    expect(names, sorted(names, reverse=True))
    w.clusters.unpin(ids[0])
    for id in ids:
        w.clusters.permanent_delete(id)


@check("what a cluster may be made of is listed")
def cluster_choice():
    assert w.clusters.select_spark_version(latest=True)
    assert w.clusters.select_node_type(local_disk=True)
    assert w.clusters.list_zones().zones


@check("an impossible cluster is refused in words")
def wrong_cluster():
    error = raises((InvalidParameterValue, BadRequest), lambda: w.clusters.create(cluster_name="sdk", **SPEC))
    assert "size" in str(error), error


# Jobs


def make_job(name, **more):
    settings = dict(tasks=[jobs.Task(task_key="main", notebook_task=NOTEBOOK, existing_cluster_id="0923-164208-meows279")])
    return w.jobs.create(name=name, **(settings | more)).job_id


@check("a job is created, read, listed, updated in part, reset and deleted")
def job_life():
    id = make_job("sdk", tags={"team": "red"}, max_concurrent_runs=2)
    assert id > 2**53, id
    got = w.jobs.get(id)
    expect((got.settings.name, got.settings.max_concurrent_runs, got.settings.tags), ("sdk", 2, {"team": "red"}))
    expect(got.settings.queue.enabled, True)
    expect([one.job_id for one in w.jobs.list(name="SDK")], [id])
    assert id in [one.job_id for one in w.jobs.list(expand_tasks=True)]
    w.jobs.update(id, new_settings=jobs.JobSettings(timeout_seconds=60), fields_to_remove=["tags"])
    got = w.jobs.get(id)
    expect((got.settings.timeout_seconds, got.settings.tags, got.settings.max_concurrent_runs), (60, None, 2))
    w.jobs.reset(id, new_settings=jobs.JobSettings(name="sdk-reset", tasks=got.settings.tasks))
    got = w.jobs.get(id)
    expect((got.settings.name, got.settings.max_concurrent_runs), ("sdk-reset", 1))
    w.jobs.delete(id)
    raises((ResourceDoesNotExist, NotFound), lambda: w.jobs.get(id))


@check("a job of 250 tasks is whole again after its pages")
def large_job():
    tasks = [jobs.Task(task_key=f"t{n}", notebook_task=NOTEBOOK, existing_cluster_id="0923-164208-meows279") for n in range(250)]
    id = make_job("sdk-large", tasks=tasks)
    expect(sorted(task.task_key for task in w.jobs.get(id).settings.tasks), sorted(task.task_key for task in tasks))
    w.jobs.delete(id)


@check("jobs are listed page by page")
def job_pages():
    ids = {make_job(f"sdk-page-{n}") for n in range(45)}
    assert ids <= {one.job_id for one in w.jobs.list(limit=10)}
    for id in ids:
        w.jobs.delete(id)


@check("a run is started and waited for")
def run_now():
    id = make_job("sdk-run")
    run = w.jobs.run_now_and_wait(id, timeout=SHORT)
    expect((run.state.life_cycle_state, run.state.result_state), (jobs.RunLifeCycleState.TERMINATED, jobs.RunResultState.SUCCESS))
    expect(run.status.termination_details.code, jobs.TerminationCodeCode.SUCCESS)
    expect([one.run_id for one in w.jobs.list_runs(job_id=id)], [run.run_id])
    w.jobs.get_run_output(run.tasks[0].run_id)
    w.jobs.delete(id)


@check("the same idempotency token is the same run")
def run_once():
    id = make_job("sdk-once")
    first, second = [w.jobs.run_now(id, idempotency_token="once").run_id for _ in range(2)]
    expect(first, second)
    w.jobs.cancel_run_and_wait(first, timeout=SHORT)
    expect(w.jobs.get_run(first).state.result_state, jobs.RunResultState.CANCELED)
    w.jobs.delete(id)


@check("a one-time run is submitted and waited for")
def submit():
    task = jobs.SubmitTask(task_key="main", notebook_task=NOTEBOOK, existing_cluster_id="0923-164208-meows279")
    run = w.jobs.submit_and_wait(run_name="sdk-submit", tasks=[task], timeout=SHORT)
    expect(run.state.result_state, jobs.RunResultState.SUCCESS)


# Permissions and grants


@check("the permissions of a job are read, set and added to")
def permissions():
    id = make_job("sdk-shared")
    object = str(id)
    me = os.environ["CHECKS_IDENTITY"]
    levels = {one.permission_level for one in w.permissions.get_permission_levels("jobs", object).permission_levels}
    assert iam.PermissionLevel.IS_OWNER in levels, levels
    entries = lambda got: {
        one.user_name or one.group_name or one.service_principal_name: {
            (each.permission_level.value, bool(each.inherited)) for each in one.all_permissions
        }
        for one in got.access_control_list
    }
    expect(entries(w.permissions.get("jobs", object)), {me: {("IS_OWNER", False)}, "admins": {("CAN_MANAGE", True)}})
    owner = iam.AccessControlRequest(service_principal_name=me, permission_level=iam.PermissionLevel.IS_OWNER)
    viewer = iam.AccessControlRequest(user_name="ben@example.com", permission_level=iam.PermissionLevel.CAN_VIEW)
    expect(entries(w.permissions.set("jobs", object, access_control_list=[owner, viewer]))["ben@example.com"], {("CAN_VIEW", False)})
    runner = iam.AccessControlRequest(group_name="analysts", permission_level=iam.PermissionLevel.CAN_MANAGE_RUN)
    updated = entries(w.permissions.update("jobs", object, access_control_list=[runner]))
    expect((updated["analysts"], updated["ben@example.com"]), ({("CAN_MANAGE_RUN", False)}, {("CAN_VIEW", False)}))
    error = raises((InvalidParameterValue, BadRequest), lambda: w.permissions.set("jobs", object, access_control_list=[viewer]))
    assert "exactly one owner" in str(error), error
    w.jobs.delete(id)


@check("grants are read, changed and added up")
def grants():
    privileges = lambda got: {
        one.principal: sorted(str(getattr(each, "value", each)) for each in one.privileges) for one in got.privilege_assignments or []
    }
    expect(privileges(w.grants.get("schema", "main.bronze")), {})
    change = catalog.PermissionsChange(principal="analysts", add=[catalog.Privilege.SELECT, catalog.Privilege.USE_SCHEMA])
    expect(privileges(w.grants.update("schema", "main.bronze", changes=[change])), {"analysts": ["SELECT", "USE_SCHEMA"]})
    effective = w.grants.get_effective("schema", "main.bronze", principal="analysts").privilege_assignments
    found = {each.privilege.value: each.inherited_from_name for one in effective for each in one.privileges}
    expect(found, {"SELECT": None, "USE_SCHEMA": None, "USE_CATALOG": "main"})
    undo = catalog.PermissionsChange(principal="analysts", remove=[catalog.Privilege.SELECT, catalog.Privilege.USE_SCHEMA])
    expect(privileges(w.grants.update("schema", "main.bronze", changes=[undo])), {})
    raises((NotFound,), lambda: w.grants.get("schema", "main.nowhere"))


@check("the objects that grants stand on are listed")
def securables():
    assert "main" in [one.name for one in w.catalogs.list()]
    assert "main.silver" in [one.full_name for one in w.schemas.list("main")]
    assert "main.silver.orders" in [one.full_name for one in w.tables.list("main", "silver")]
    assert "main.bronze.landing" in [one.full_name for one in w.volumes.list("main", "bronze")]
    assert w.tables.exists("main.silver.orders").table_exists


@check("people, groups and service principals are found by name")
def principals():
    expect([one.user_name for one in w.users.list(filter='userName eq "ben@example.com"')], ["ben@example.com"])
    expect([one.display_name for one in w.groups.list(filter='displayName eq "analysts"')], ["analysts"])
    found = w.service_principals.list(filter=f'applicationId eq "{os.environ["CHECKS_IDENTITY"]}"')
    expect([one.application_id for one in found], [os.environ["CHECKS_IDENTITY"]])


@check("people, groups and service principals are made, patched and deleted")
def people():
    eve = w.users.create(user_name="eve@example.com", display_name="Eve")
    robot = w.service_principals.create(display_name="sdk-robot")
    group = w.groups.create(display_name="sdk-group", members=[iam.ComplexValue(value=eve.id)])
    w.groups.patch(group.id, operations=[iam.Patch(op=iam.PatchOp.ADD, value={"members": [{"value": robot.id}]})])
    expect({one.value for one in w.groups.get(group.id).members}, {eve.id, robot.id})
    w.groups.patch(group.id, operations=[iam.Patch(op=iam.PatchOp.REMOVE, path=f'members[value eq "{eve.id}"]')])
    expect([one.value for one in w.groups.get(group.id).members], [robot.id])
    # The SDK leaves out a value that is False; as text it goes out.
    w.users.patch(eve.id, operations=[iam.Patch(op=iam.PatchOp.REPLACE, path="active", value="false")])
    expect(w.users.get(eve.id).active, False)
    w.users.update(eve.id, user_name="eve@example.com", display_name="Eve again", active=True)
    expect((w.users.get(eve.id).display_name, w.users.get(eve.id).active), ("Eve again", True))
    error = raises((ResourceConflict,), lambda: w.groups.create(display_name="sdk-group"))
    assert "Group with name sdk-group already exists." in str(error), error
    assert "eve@example.com" in [one.user_name for one in w.users.list(attributes="id,userName", count=1)]
    for api, id in [(w.groups, group.id), (w.service_principals, robot.id), (w.users, eve.id)]:
        api.delete(id)
        raises((NotFound,), lambda: api.get(id))


@check("catalog objects are made, changed, granted on and deleted")
def objects():
    w.catalogs.create(name="Sdk", comment="x")
    expect(w.catalogs.update("sdk", owner="data engineers").owner, "data engineers")
    w.schemas.create(name="s", catalog_name="sdk")
    expect(w.schemas.update("sdk.s", comment="new").comment, "new")
    w.storage_credentials.create(name="sdk-lake", aws_iam_role=catalog.AwsIamRoleRequest(role_arn="arn:aws:iam::1:role/x"))
    w.external_locations.create(name="sdk-raw", url="s3://sdk-raw/in/", credential_name="sdk-lake")
    expect(w.external_locations.get("sdk-raw").url, "s3://sdk-raw/in")
    w.volumes.create(catalog_name="sdk", schema_name="s", name="v", volume_type=catalog.VolumeType.MANAGED)
    w.registered_models.create(catalog_name="sdk", schema_name="s", name="m")
    w.connections.create(name="sdk-crm", connection_type=catalog.ConnectionType.POSTGRESQL, options={"host": "db"})
    service = catalog.AwsIamRole(role_arn="arn:aws:iam::1:role/y")
    w.credentials.create_credential(name="sdk-mail", purpose=catalog.CredentialPurpose.SERVICE, aws_iam_role=service)
    granted = {
        ("metastore", w.metastores.summary().metastore_id): "CREATE_CATALOG",
        ("catalog", "sdk"): "USE_CATALOG",
        ("schema", "sdk.s"): "SELECT",
        ("volume", "sdk.s.v"): "READ_VOLUME",
        ("function", "sdk.s.m"): "EXECUTE",
        ("external_location", "sdk-raw"): "READ_FILES",
        ("storage_credential", "sdk-lake"): "READ_FILES",
        ("credential", "sdk-mail"): "ACCESS",
        ("connection", "sdk-crm"): "USE_CONNECTION",
    }
    for (type, name), privilege in granted.items():
        add, remove = [catalog.PermissionsChange(principal="analysts", **{verb: [catalog.Privilege(privilege)]}) for verb in ("add", "remove")]
        w.grants.update(type, name, changes=[add])
        expect([(one.principal, [each.value for each in one.privileges]) for one in w.grants.list(type, name)], [("analysts", [privilege])])
        w.grants.update(type, name, changes=[remove])
    raises((BadRequest,), lambda: w.catalogs.delete("sdk"))
    raises((BadRequest,), lambda: w.storage_credentials.delete("sdk-lake"))
    w.catalogs.delete("sdk", force=True)
    w.external_locations.delete("sdk-raw")
    w.storage_credentials.delete("sdk-lake")
    w.connections.delete("sdk-crm")
    w.credentials.delete_credential("sdk-mail")
    raises((NotFound,), lambda: w.schemas.get("sdk.s"))


# Policies, pools and libraries


@check("a policy is made, applies to a cluster and is deleted")
def policies():
    definition = json.dumps({"autotermination_minutes": {"type": "fixed", "value": 20}})
    id = w.cluster_policies.create(name="sdk", definition=definition).policy_id
    expect(w.cluster_policies.get(id).name, "sdk")
    made = w.clusters.create(cluster_name="ruled", policy_id=id, num_workers=1, autotermination_minutes=20, **SPEC).cluster_id
    expect(w.clusters.get(made).autotermination_minutes, 20)
    raises(
        (InvalidParameterValue, BadRequest),
        lambda: w.clusters.create(cluster_name="unruly", policy_id=id, num_workers=1, autotermination_minutes=90, **SPEC),
    )
    w.clusters.permanent_delete(made)
    w.cluster_policies.delete(id)
    raises((NotFound, BadRequest), lambda: w.cluster_policies.get(id))


@check("a pool is made, listed and deleted")
def pools():
    id = w.instance_pools.create(instance_pool_name="sdk", node_type_id="m5d.large", min_idle_instances=0).instance_pool_id
    assert id in [one.instance_pool_id for one in w.instance_pools.list()]
    w.instance_pools.delete(id)


@check("a library is installed on a cluster")
def libraries():
    id = w.clusters.create_and_wait(cluster_name="with-library", num_workers=1, **SPEC, timeout=SHORT).cluster_id
    library = compute.Library(pypi=compute.PythonPyPiLibrary(package="simplejson"))
    w.libraries.install(id, [library])
    end = time.monotonic() + 60
    while [one.status for one in w.libraries.cluster_status(id)] != [compute.LibraryInstallStatus.INSTALLED]:
        assert time.monotonic() < end, list(w.libraries.cluster_status(id))
        time.sleep(0.2)
    w.clusters.permanent_delete(id)


# Trouble


@check("a call is repeated after 429 with Retry-After")
def throttled():
    control("POST", "faults", {"match": "GET /api/2.2/jobs/list", "status": 429, "headers": {"Retry-After": "1"},
                               "body": {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow down"}})
    before = len(requests_since(0))
    list(w.jobs.list(limit=100))
    expect([one["status"] for one in requests_since(before)][:2], [429, 200])


@check("a call is repeated after 503")
def unavailable():
    control("POST", "faults", {"match": "GET /api/2.2/jobs/list", "status": 503,
                               "body": {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "later"}})
    before = len(requests_since(0))
    list(w.jobs.list(limit=100))
    expect([one["status"] for one in requests_since(before)][:2], [503, 200])


for sentence, function in CHECKS:
    began = time.monotonic()
    result = {"name": sentence, "ok": True, "error": None}
    try:
        function()
    except Exception:
        result |= {"ok": False, "error": traceback.format_exc(limit=-3)}
    print(json.dumps(result | {"seconds": round(time.monotonic() - began, 1)}), flush=True)
