"""The workflow with boto3: push, register, create, scale, update, look, delete."""

import base64
import time

from aws import TestCase, Cluster, client, client_of, define, push, unique, wait


class Workflow(TestCase):
    def test_from_the_image_to_the_end_of_the_service(self):
        ecs, ecr, logs = client("ecs"), client("ecr"), client("logs")
        token = ecr.get_authorization_token()["authorizationData"][0]
        self.assertTrue(base64.b64decode(token["authorizationToken"]).startswith(b"AWS:"))
        repository = ecr.create_repository(repositoryName=unique("team/web"))["repository"]
        first = push(repository["repositoryName"], "v1", "one")
        second = push(repository["repositoryName"], "v2", "two")
        self.assertNotEqual(first, second)

        group = unique("/ecs/web")
        logs.create_log_group(logGroupName=group)
        logging = {"logDriver": "awslogs", "options": {"awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}}
        family = unique("web")
        says = {"gantry.fate": "lines=web period=1s"}
        v1 = define(family, image=repository["repositoryUri"] + ":v1", logConfiguration=logging, labels=says)
        v2 = define(family, image=repository["repositoryUri"] + ":v2", logConfiguration=logging, labels=says)
        self.assertTrue(v1.endswith(f"/{family}:1") and v2.endswith(f"/{family}:2"), (v1, v2))

        cluster = Cluster(instances=3)
        name = cluster.service(v1, count=3, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 200})
        at = {"cluster": cluster.name, "services": [name]}
        wait(ecs, "services_stable", **at)
        tasks = ecs.list_tasks(cluster=cluster.name, serviceName=name)["taskArns"]
        self.assertEqual(len(tasks), 3)
        wait(ecs, "tasks_running", cluster=cluster.name, tasks=tasks)
        described = ecs.describe_tasks(cluster=cluster.name, tasks=tasks)
        self.assertEqual(described["failures"], [])
        self.assertEqual({t["containers"][0]["imageDigest"] for t in described["tasks"]}, {first})
        self.assertEqual({t["containerInstanceArn"] for t in described["tasks"]}, set(cluster.instances), "spread over the zones")

        ecs.update_service(cluster=cluster.name, service=name, desiredCount=5)
        wait(ecs, "services_stable", **at)
        ecs.update_service(cluster=cluster.name, service=name, taskDefinition=v2)
        wait(ecs, "services_stable", **at)
        service = ecs.describe_services(**at)["services"][0]
        self.assertEqual((service["runningCount"], service["taskDefinition"], len(service["deployments"])), (5, v2, 1))
        self.assertEqual(service["deployments"][0]["rolloutState"], "COMPLETED")
        self.assertIn("has reached a steady state", service["events"][0]["message"])
        after = ecs.list_tasks(cluster=cluster.name, serviceName=name)["taskArns"]
        self.assertEqual({t["containers"][0]["imageDigest"] for t in ecs.describe_tasks(cluster=cluster.name, tasks=after)["tasks"]}, {second})

        for _ in range(100):
            lines = [e["message"] for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern='GET')
                     for e in page["events"]]
            if lines:
                break
            time.sleep(0.1)
        self.assertTrue(lines and all("GET" in line for line in lines), lines)

        ecs.delete_service(cluster=cluster.name, service=name, force=True)
        wait(ecs, "services_inactive", **at)
        wait(ecs, "tasks_stopped", cluster=cluster.name, tasks=after)
        for arn in cluster.instances:
            ecs.deregister_container_instance(cluster=cluster.name, containerInstance=arn, force=True)
        self.assertEqual(ecs.delete_cluster(cluster=cluster.name)["cluster"]["status"], "INACTIVE")

    def test_a_deployment_that_cannot_run_is_rolled_back(self):
        ecs = client("ecs")
        cluster, family = Cluster(), unique("web")
        good, bad = define(family), define(family, labels={"gantry.fate": "exit=1"})
        name = cluster.service(good, count=2, deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}})
        wait(ecs, "services_stable", cluster=cluster.name, services=[name])
        ecs.update_service(cluster=cluster.name, service=name, taskDefinition=bad)
        for _ in range(300):
            service = ecs.describe_services(cluster=cluster.name, services=[name])["services"][0]
            if service["taskDefinition"] == good and len(service["deployments"]) == 1 and service["runningCount"] == 2:
                break
            time.sleep(0.1)
        self.assertEqual(service["taskDefinition"], good)
        listed = ecs.list_service_deployments(cluster=cluster.name, service=name)["serviceDeployments"]
        self.assertIn("ROLLBACK_SUCCESSFUL", [d["status"] for d in listed])
        stopped = ecs.list_tasks(cluster=cluster.name, desiredStatus="STOPPED")["taskArns"]
        told = {t["stoppedReason"] for t in ecs.describe_tasks(cluster=cluster.name, tasks=stopped[:100])["tasks"]}
        self.assertIn("Essential container in task exited", told)

    def test_a_task_is_run_and_its_exit_code_is_told(self):
        ecs = client("ecs")
        cluster = Cluster(instances=1)
        ran = ecs.run_task(cluster=cluster.name, taskDefinition=define(labels={"gantry.fate": "exit=7 after=3s"}), count=2, startedBy="boto3")
        self.assertEqual(ran["failures"], [])
        tasks = [t["taskArn"] for t in ran["tasks"]]
        wait(ecs, "tasks_stopped", cluster=cluster.name, tasks=tasks)
        self.assertEqual([t["containers"][0]["exitCode"] for t in ecs.describe_tasks(cluster=cluster.name, tasks=tasks)["tasks"]], [7, 7])

    def test_accounts_and_regions_have_things_of_their_own(self):
        name, other = unique("elsewhere"), client_of("222222222222", "eu-west-1", "ecs")
        arn = other.create_cluster(clusterName=name)["cluster"]["clusterArn"]
        self.assertEqual(arn, f"arn:aws:ecs:eu-west-1:222222222222:cluster/{name}")
        self.assertEqual(client("ecs").describe_clusters(clusters=[name])["failures"][0]["reason"], "MISSING")
