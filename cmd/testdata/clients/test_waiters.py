"""Every waiter that botocore has for what the emulator answers ends as it does on AWS."""

from botocore.exceptions import WaiterError

from aws import TestCase, Cluster, answers, client, define, paused, push, unique, wait

ROLE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'


# What these look for nobody can make here.
UNMADE = {"composite_alarm_exists": "put_composite_alarm"}

SERVICES = ["cloudwatch", "ec2", "ecr", "ecs", "elbv2", "iam", "ssm"]


class All(TestCase):
    def test_every_waiter_is_tried_or_its_operation_is_not_answered(self):
        with open(__file__, encoding="utf-8") as f:
            text = f.read()
        for service in SERVICES:
            operations = {operation: method for method, operation in client(service).meta.method_to_api_mapping.items()}
            for name in client(service).waiter_names:
                if f'"{name}"' not in text:
                    looks = UNMADE.get(name) or operations[client(service).get_waiter(name).config.operation]
                    with self.subTest(f"{service} {name}"):
                        self.assertFalse(answers(service, looks), "its operation is answered, but the waiter is not tried")


class ECS(TestCase):
    def test_services_and_tasks(self):
        ecs, cluster = client("ecs"), Cluster(instances=2)
        name = cluster.service(define(), count=2)
        at = {"cluster": cluster.name, "services": [name]}
        wait(ecs, "services_stable", **at)
        tasks = ecs.list_tasks(cluster=cluster.name, serviceName=name)["taskArns"]
        wait(ecs, "tasks_running", cluster=cluster.name, tasks=tasks)
        ecs.delete_service(cluster=cluster.name, service=name, force=True)
        wait(ecs, "services_inactive", **at)
        wait(ecs, "tasks_stopped", cluster=cluster.name, tasks=tasks)

    def test_what_can_never_come_ends_a_waiter(self):
        ecs, cluster = client("ecs"), Cluster(instances=1)
        for waiter, arguments in {
            "services_stable": {"services": ["nosuch"]},
            "services_inactive": {"services": ["nosuch"]},
            "tasks_running": {"tasks": [f"arn:aws:ecs:us-east-1:123456789012:task/{cluster.name}/{'0' * 32}"]},
        }.items():
            with self.subTest(waiter), self.assertRaisesRegex(WaiterError, "terminal failure"):
                wait(ecs, waiter, cluster=cluster.name, **arguments)
        task = ecs.run_task(cluster=cluster.name, taskDefinition=define(labels={"gantry.fate": "exit=1"}))["tasks"][0]["taskArn"]
        with self.assertRaisesRegex(WaiterError, "terminal failure"):
            wait(ecs, "tasks_running", cluster=cluster.name, tasks=[task])


class Daemons(TestCase):
    def test_daemons_and_their_definitions(self):
        ecs, cluster, provider = client("ecs"), Cluster(instances=0), unique("provider")
        made = ecs.create_capacity_provider(name=provider, autoScalingGroupProvider={
            "autoScalingGroupArn": f"arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1:autoScalingGroupName/{provider}",
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100}})["capacityProvider"]["capacityProviderArn"]
        strategy = [{"capacityProvider": provider, "weight": 1}]
        ecs.put_cluster_capacity_providers(cluster=cluster.name, capacityProviders=[provider], defaultCapacityProviderStrategy=strategy)
        task = ecs.run_task(cluster=cluster.name, taskDefinition=define())["tasks"][0]["taskArn"]
        wait(ecs, "tasks_running", cluster=cluster.name, tasks=[task])

        family = unique("agent")
        container = [{"name": "agent", "image": "public.ecr.aws/docker/library/busybox:1", "memory": 64}]
        first, second, third = (ecs.register_daemon_task_definition(family=family, containerDefinitions=container)["daemonTaskDefinitionArn"] for _ in range(3))
        wait(ecs, "daemon_task_definition_active", daemonTaskDefinition=first)
        daemon = ecs.create_daemon(daemonName=family, clusterArn=cluster.arn, daemonTaskDefinitionArn=first, capacityProviderArns=[made])
        wait(ecs, "daemon_active", daemonArn=daemon["daemonArn"])
        wait(ecs, "daemon_deployment_successful", daemonDeploymentArns=[daemon["deploymentArn"]])
        with paused():  # so that the second deployment has not ended yet
            overtaken, last = (ecs.update_daemon(daemonArn=daemon["daemonArn"], daemonTaskDefinitionArn=to, capacityProviderArns=[made])["deploymentArn"] for to in (second, third))
        wait(ecs, "daemon_deployment_stopped", daemonDeploymentArns=[overtaken])
        wait(ecs, "daemon_deployment_successful", daemonDeploymentArns=[last])
        ecs.delete_daemon_task_definition(daemonTaskDefinition=first)
        wait(ecs, "daemon_task_definition_deleted", daemonTaskDefinition=first)


class ECR(TestCase):
    def test_scans_and_previews(self):
        ecr, name = client("ecr"), unique("waited")
        ecr.create_repository(repositoryName=name, imageScanningConfiguration={"scanOnPush": True})
        push(name, "good", "good")
        push(name, "odd", "odd", scan="fail")
        wait(ecr, "image_scan_complete", repositoryName=name, imageId={"imageTag": "good"})
        with self.assertRaisesRegex(WaiterError, "terminal failure"):
            wait(ecr, "image_scan_complete", repositoryName=name, imageId={"imageTag": "odd"})
        policy = '{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]}'
        ecr.start_lifecycle_policy_preview(repositoryName=name, lifecyclePolicyText=policy)
        wait(ecr, "lifecycle_policy_preview_complete", repositoryName=name)
        self.assertEqual(len(ecr.get_lifecycle_policy_preview(repositoryName=name)["previewResults"]), 1)


class LoadBalancing(TestCase):
    def test_load_balancers_and_targets(self):
        elb, ecs, cluster = client("elbv2"), client("ecs"), Cluster(instances=2)
        ec2 = client("ec2")
        subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        balancer = elb.create_load_balancer(Name=unique("lb"), Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        wait(elb, "load_balancer_exists", LoadBalancerArns=[balancer])
        wait(elb, "load_balancer_available", LoadBalancerArns=[balancer])
        group = elb.create_target_group(Name=unique("tg"), Protocol="HTTP", Port=80, VpcId=vpc, HealthCheckIntervalSeconds=5)["TargetGroups"][0]["TargetGroupArn"]
        listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])["Listeners"][0]["ListenerArn"]
        elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}])
        name = cluster.service(define(portMappings=[{"containerPort": 80}]), count=2,
                               loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 80}])
        wait(ecs, "services_stable", cluster=cluster.name, services=[name])
        wait(elb, "target_in_service", TargetGroupArn=group)
        targets = [t["Target"] for t in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]]
        self.assertEqual(len(targets), 2)
        ecs.delete_service(cluster=cluster.name, service=name, force=True)
        wait(elb, "target_deregistered", TargetGroupArn=group, Targets=[{"Id": t["Id"], "Port": t["Port"]} for t in targets])
        elb.delete_listener(ListenerArn=listener)
        elb.delete_load_balancer(LoadBalancerArn=balancer)
        wait(elb, "load_balancers_deleted", LoadBalancerArns=[balancer])


class Around(TestCase):
    def test_an_alarm_exists(self):
        cloudwatch, name = client("cloudwatch"), unique("alarm")
        cloudwatch.put_metric_alarm(AlarmName=name, Namespace="AWS/ECS", MetricName="CPUUtilization", Statistic="Average", Period=60, EvaluationPeriods=1,
                                    Threshold=80, ComparisonOperator="GreaterThanThreshold", Dimensions=[{"Name": "ClusterName", "Value": "any"}])
        wait(cloudwatch, "alarm_exists", AlarmNames=[name])

    def test_a_role_exists(self):
        iam, name = client("iam"), unique("role")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=ROLE)
        wait(iam, "role_exists", RoleName=name)

    def test_machines_run_and_end(self):
        ec2, ecs, cluster = client("ec2"), client("ecs"), Cluster(instances=1)
        described = ecs.describe_container_instances(cluster=cluster.name, containerInstances=cluster.instances)["containerInstances"][0]
        machine = described["ec2InstanceId"]
        wait(ec2, "instance_exists", InstanceIds=[machine])
        wait(ec2, "instance_running", InstanceIds=[machine])
        ec2.terminate_instances(InstanceIds=[machine])
        wait(ec2, "instance_terminated", InstanceIds=[machine])
        with self.assertRaisesRegex(WaiterError, "terminal failure"):  # what was terminated is never stopped
            wait(ec2, "instance_stopped", InstanceIds=[machine])

    def test_the_network_is_there(self):
        ec2 = client("ec2")
        wait(ec2, "vpc_exists", VpcIds=[v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]])
        wait(ec2, "vpc_available")
        wait(ec2, "subnet_available")
        wait(ec2, "security_group_exists", GroupIds=[g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]])
