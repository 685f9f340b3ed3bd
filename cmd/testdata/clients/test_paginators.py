"""Every paginator that botocore has for what the emulator answers: nothing is missing, nothing comes twice, no page
is longer than was asked for, and one can go on where one stopped."""

import json
import time

from aws import TestCase, Cluster, answers, client, define, paused, push, unique, wait

MANY = 7

SERVICES = ["application-autoscaling", "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "iam", "logs", "secretsmanager", "servicediscovery", "ssm"]

ROLE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'


class Paginators(TestCase):
    def pages(self, service, operation, key, want, size=3, among=False, stop=2, **arguments):
        """Turn over all pages and compare what is in them, by key, with what was made; other tests may have made more
        of a kind that cannot be asked for by a name (among)."""
        paginator = client(service).get_paginator(operation)
        it = paginator.paginate(PaginationConfig={"PageSize": size}, **arguments)
        result = it.result_keys[0]
        pages = [list(result.search(page) or []) for page in it]
        values = [item[key] if key else item for page in pages for item in page]
        self.assertEqual(len(values), len(set(values)), (operation, "twice"))
        if among:
            self.assertLessEqual(set(want), set(values), operation)
        else:
            self.assertEqual(sorted(values), sorted(want), operation)
        if size:  # a paginator whose operation takes none sends none
            self.assertLessEqual(max(map(len, pages)), size, operation)
            self.assertGreater(len(pages), 1, operation)
        first = paginator.paginate(PaginationConfig={"PageSize": size, "MaxItems": stop}, **arguments).build_full_result()
        rest = paginator.paginate(PaginationConfig={"PageSize": size, "StartingToken": first["NextToken"]}, **arguments).build_full_result()
        both = [item[key] if key else item for part in (first, rest) for item in result.search(part)]
        self.assertEqual(sorted(both), sorted(values), (operation, "from where it stopped"))

    def test_every_paginator_is_tried_or_its_operation_is_not_answered(self):
        with open(__file__, encoding="utf-8") as f:
            text = f.read()
        for service in SERVICES:
            c = client(service)
            for operation in c.meta.method_to_api_mapping:
                if c.can_paginate(operation) and f'"{operation}"' not in text:
                    with self.subTest(operation):
                        self.assertFalse(answers(service, operation), f"{service} {operation} is answered, but its paginator is not tried")

    def test_ecs(self):
        ecs, cluster = client("ecs"), Cluster(instances=MANY)
        at = {"cluster": cluster.name}
        self.pages("ecs", "list_container_instances", None, cluster.instances, **at)
        self.pages("ecs", "list_attributes", "targetId", cluster.instances, targetType="container-instance", attributeName="ecs.availability-zone", **at)
        family = unique("paged")
        definitions = [define(family) for _ in range(MANY)]
        self.pages("ecs", "list_task_definitions", None, definitions, familyPrefix=family)
        families = [define(f"{family}-{i}").split("/")[1].split(":")[0] for i in range(MANY)] + [family]
        self.pages("ecs", "list_task_definition_families", None, families, familyPrefix=family)
        tasks = [t["taskArn"] for t in ecs.run_task(taskDefinition=definitions[0], count=MANY, **at)["tasks"]]
        self.pages("ecs", "list_tasks", None, tasks, **at)
        space = unique("space")
        client("servicediscovery").create_http_namespace(Name=space)
        names = [cluster.service(definitions[0], count=0, serviceConnectConfiguration={"enabled": True, "namespace": space}) for _ in range(MANY)]
        services = [f"arn:aws:ecs:us-east-1:123456789012:service/{cluster.name}/{n}" for n in names]
        self.pages("ecs", "list_services", None, services, **at)
        self.pages("ecs", "list_services_by_namespace", None, services, namespace=space)
        self.pages("ecs", "list_clusters", None, [Cluster(instances=0).arn for _ in range(MANY)], among=True)
        self.pages("ecs", "list_account_settings", "name", ["containerInsights", "fargateFIPSMode"], among=True, effectiveSettings=True)

    def test_ecr(self):
        ecr, start = client("ecr"), unique("paged")
        names = [f"{start}/{i}" for i in range(MANY)]
        for name in names:
            ecr.create_repository(repositoryName=name)
        self.pages("ecr", "describe_repositories", "repositoryName", names, among=True)
        digests = [push(names[0], f"v{i}", f"text {i}") for i in range(MANY)]
        self.pages("ecr", "list_images", "imageDigest", digests, repositoryName=names[0])
        self.pages("ecr", "describe_images", "imageDigest", digests, repositoryName=names[0])

    def test_what_registries_have_besides(self):
        ecr, start = client("ecr"), unique("paged")
        prefixes = [f"{start}-{i}" for i in range(MANY)]
        for prefix in prefixes:
            ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=prefix, upstreamRegistryUrl="public.ecr.aws")
            ecr.create_repository_creation_template(prefix=prefix, appliedFor=["PULL_THROUGH_CACHE"])
        self.pages("ecr", "describe_pull_through_cache_rules", "ecrRepositoryPrefix", prefixes, among=True)
        self.pages("ecr", "describe_repository_creation_templates", "prefix", prefixes, among=True)

    def test_findings_and_previews(self):
        ecr, name = client("ecr"), unique("scanned")
        ecr.create_repository(repositoryName=name)
        push(name, "bad", "bad", scan="high=7 takes=30s")
        for i in range(MANY):
            push(name, f"v{i}", f"text {i}")
        bad = {"repositoryName": name, "imageId": {"imageTag": "bad"}}
        ecr.start_image_scan(**bad)
        wait(ecr, "image_scan_complete", **bad)
        names = [f["name"] for f in ecr.describe_image_scan_findings(**bad)["imageScanFindings"]["findings"]]
        self.assertEqual(len(names), 7)
        self.pages("ecr", "describe_image_scan_findings", "name", names, **bad)
        policy = {"rules": [{"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]}
        ecr.start_lifecycle_policy_preview(repositoryName=name, lifecyclePolicyText=json.dumps(policy))
        wait(ecr, "lifecycle_policy_preview_complete", repositoryName=name)
        gone = [r["imageDigest"] for r in ecr.get_lifecycle_policy_preview(repositoryName=name)["previewResults"]]
        self.assertEqual(len(gone), MANY - 1)
        self.pages("ecr", "get_lifecycle_policy_preview", "imageDigest", gone, repositoryName=name)

    def test_logs(self):
        logs, group = client("logs"), unique("/paged/group")
        names = [f"{group}/{i}" for i in range(MANY)]
        for name in names:
            logs.create_log_group(logGroupName=name)
        self.pages("logs", "describe_log_groups", "logGroupName", names, logGroupNamePrefix=group + "/")
        streams = [f"stream-{i}" for i in range(MANY)]
        now = int(time.time() * 1000)
        for stream in streams:
            logs.create_log_stream(logGroupName=names[0], logStreamName=stream)
            logs.put_log_events(logGroupName=names[0], logStreamName=stream, logEvents=[{"timestamp": now + i, "message": f"{stream} {i}"} for i in range(3)])
        self.pages("logs", "describe_log_streams", "logStreamName", streams, logGroupName=names[0])
        self.pages("logs", "filter_log_events", "message", [f"{s} {i}" for s in streams for i in range(3)], logGroupName=names[0])

    def test_filters_and_queries_of_logs(self):
        logs, group = client("logs"), unique("/paged/filters")
        logs.create_log_group(logGroupName=group)
        names = [f"filter-{i}" for i in range(MANY)]
        for name in names:
            logs.put_metric_filter(logGroupName=group, filterName=name, filterPattern="ERROR",
                                   metricTransformations=[{"metricName": "errors", "metricNamespace": "web", "metricValue": "1"}])
        self.pages("logs", "describe_metric_filters", "filterName", names, logGroupName=group)
        for name in names[:2]:  # a group can have no more
            logs.put_subscription_filter(logGroupName=group, filterName=name, filterPattern="", destinationArn="arn:aws:lambda:us-east-1:123456789012:function:any")
        self.pages("logs", "describe_subscription_filters", "filterName", names[:2], size=1, stop=1, logGroupName=group)
        start = unique("policy")
        policies = [f"{start}-{i}" for i in range(MANY)]
        for policy in policies:
            logs.put_resource_policy(policyName=policy, policyDocument='{"Version": "2012-10-17", "Statement": []}')
        self.pages("logs", "describe_resource_policies", "policyName", policies, among=True)
        now = int(time.time())
        queries = [logs.start_query(logGroupName=group, startTime=now - 60, endTime=now, queryString=f"fields @message | limit {i + 1}")["queryId"] for i in range(MANY)]
        self.pages("logs", "describe_queries", "queryId", queries, logGroupName=group)
        groups = [group + f"/{i}" for i in range(MANY)]
        for name in groups:
            logs.create_log_group(logGroupName=name)
        query = logs.start_query(logGroupNames=groups, startTime=now - 60, endTime=now, queryString="fields @message")["queryId"]
        self.assertEqual(sorted(self.whole("logs", "list_log_groups_for_query", "logGroupIdentifiers", queryId=query)), groups)

    def test_scaling(self):
        scaling, ecs, cluster = client("application-autoscaling"), client("ecs"), Cluster(instances=2)
        revision = define()
        targets = [f"service/{cluster.name}/{cluster.service(revision, count=1)}" for _ in range(MANY)]
        on = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
        for target in targets:
            scaling.register_scalable_target(ResourceId=target, MinCapacity=2, MaxCapacity=4, **on)
        self.pages("application-autoscaling", "describe_scalable_targets", "ResourceId", targets, ResourceIds=targets, **on)
        names = [f"policy-{i}" for i in range(MANY)]
        for name in names:
            scaling.put_scaling_policy(PolicyName=name, ResourceId=targets[0], PolicyType="StepScaling", StepScalingPolicyConfiguration={
                "AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]}, **on)
            scaling.put_scheduled_action(ScheduledActionName=name, ResourceId=targets[0], Schedule="rate(1 day)", ScalableTargetAction={"MinCapacity": 1}, **on)
        self.pages("application-autoscaling", "describe_scaling_policies", "PolicyName", names, ResourceId=targets[0], **on)
        self.pages("application-autoscaling", "describe_scheduled_actions", "ScheduledActionName", names, ResourceId=targets[0], **on)
        # The least that a scheduled action brings is more than each has.
        for target in targets:
            scaling.put_scheduled_action(ScheduledActionName="more", ResourceId=target, Schedule="rate(1 minute)", ScalableTargetAction={"MinCapacity": 3}, **on)
        for _ in range(300):
            activities = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
            if {a["ResourceId"] for a in activities} >= set(targets):
                break
            time.sleep(0.1)
        self.assertEqual({a["ResourceId"] for a in activities}, set(targets))
        with paused():
            activities = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
            self.pages("application-autoscaling", "describe_scaling_activities", "ActivityId", [a["ActivityId"] for a in activities], ServiceNamespace="ecs")

    def test_discovery(self):
        discovery, start = client("servicediscovery"), unique("paged")
        made = [discovery.create_http_namespace(Name=f"{start}-{i}")["OperationId"] for i in range(MANY)]
        spaces = [self.done(operation)["Targets"]["NAMESPACE"] for operation in made]
        self.pages("servicediscovery", "list_operations", "Id", made, among=True)
        self.pages("servicediscovery", "list_namespaces", "Id", spaces, among=True)
        services = [discovery.create_service(Name=f"{start}-{i}", NamespaceId=spaces[0])["Service"]["Id"] for i in range(MANY)]
        self.pages("servicediscovery", "list_services", "Id", services, Filters=[{"Name": "NAMESPACE_ID", "Values": [spaces[0]]}])
        names = [f"instance-{i}" for i in range(MANY)]
        for name in names:
            self.done(discovery.register_instance(ServiceId=services[0], InstanceId=name, Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1"})["OperationId"])
        self.pages("servicediscovery", "list_instances", "Id", names, ServiceId=services[0])

    def done(self, operation):
        """Wait for an operation of Cloud Map, for which botocore has no waiter."""
        for _ in range(300):
            found = client("servicediscovery").get_operation(OperationId=operation)["Operation"]
            if found["Status"] == "SUCCESS":
                return found
            time.sleep(0.1)
        self.fail(found)

    def test_metrics_and_alarms(self):
        cloudwatch, start = client("cloudwatch"), unique("paged")
        names = [f"{start}-{i}" for i in range(MANY)]
        for name in names:
            cloudwatch.put_metric_alarm(AlarmName=name, Namespace="AWS/ECS", MetricName="CPUUtilization", Statistic="Average", Period=60, EvaluationPeriods=1,
                                        Threshold=80, ComparisonOperator="GreaterThanThreshold", Dimensions=[{"Name": "ClusterName", "Value": start}])
        self.pages("cloudwatch", "describe_alarms", "AlarmName", names, AlarmNamePrefix=start)
        # Pages of these two are too long for a test: they are read to the end.
        cluster = Cluster(instances=1)
        cluster.service(define(), count=1)
        self.whole("cloudwatch", "list_metrics", "Metrics", Namespace="AWS/ECS", Dimensions=[{"Name": "ClusterName", "Value": cluster.name}])
        queries = [{"Id": f"q{i}", "MetricStat": {"Metric": {"Namespace": "AWS/ECS", "MetricName": "CPUReservation", "Dimensions": [{"Name": "ClusterName", "Value": cluster.name}]},
                                                  "Period": 60, "Stat": "Average"}} for i in range(2)]
        now = time.time()
        results = self.whole("cloudwatch", "get_metric_data", "MetricDataResults", MetricDataQueries=queries, StartTime=now - 3600, EndTime=now + 86400)
        self.assertEqual({r["Id"] for r in results}, {"q0", "q1"})

    def whole(self, service, operation, name, **arguments):
        """Read all pages of what is not cut here; there must be something."""
        items = [item for page in client(service).get_paginator(operation).paginate(**arguments) for item in page[name]]
        self.assertTrue(items, operation)
        return items

    def test_machines_and_networks(self):
        ec2, ecs, cluster = client("ec2"), client("ecs"), Cluster(instances=MANY)
        described = ecs.describe_container_instances(cluster=cluster.name, containerInstances=cluster.instances)["containerInstances"]
        machines = [i["ec2InstanceId"] for i in described]
        it = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
        pages = [[i["InstanceId"] for r in page["Reservations"] for i in r["Instances"]] for page in it]
        listed = [i for page in pages for i in page]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(set(machines), set(listed))
        self.assertLessEqual(max(map(len, pages)), 5)
        self.whole("ec2", "describe_subnets", "Subnets")
        self.whole("ec2", "describe_vpcs", "Vpcs")
        self.whole("ec2", "describe_security_groups", "SecurityGroups")

    def test_roles(self):
        iam, start = client("iam"), unique("paged")
        names = [f"{start}-{i}" for i in range(MANY)]
        for name in names:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=ROLE, Path=f"/{start}/")
        self.pages("iam", "list_roles", "RoleName", names, PathPrefix=f"/{start}/")
        policies = [f"arn:aws:iam::aws:policy/{start}-{i}" for i in range(MANY)]
        for i, policy in enumerate(policies):
            iam.attach_role_policy(RoleName=names[0], PolicyArn=policy)
            iam.put_role_policy(RoleName=names[0], PolicyName=f"inline-{i}", PolicyDocument='{"Version":"2012-10-17","Statement":[]}')
        self.pages("iam", "list_attached_role_policies", "PolicyArn", policies, RoleName=names[0])
        self.pages("iam", "list_role_policies", None, [f"inline-{i}" for i in range(MANY)], RoleName=names[0])
        self.assertEqual(list(iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=names[0]).search("InstanceProfiles")), [])

    def test_secrets_and_parameters(self):
        secrets, ssm, start = client("secretsmanager"), client("ssm"), unique("paged")
        names = [f"/{start}/{i}" for i in range(MANY)]
        for name in names:
            secrets.create_secret(Name=name, SecretString="hush")
            ssm.put_parameter(Name=name, Value="some", Type="String")
        self.pages("secretsmanager", "list_secrets", "Name", names, Filters=[{"Key": "name", "Values": [f"/{start}/"]}])
        self.pages("ssm", "get_parameters_by_path", "Name", names, Path=f"/{start}")
        self.pages("ssm", "describe_parameters", "Name", names, ParameterFilters=[{"Key": "Path", "Values": [f"/{start}"]}])

    def test_load_balancing(self):
        elb, ec2, start = client("elbv2"), client("ec2"), unique("paged")
        subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        groups = [elb.create_target_group(Name=f"{start}-{i}", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"] for i in range(MANY)]
        balancers = [elb.create_load_balancer(Name=f"{start}-{i}", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"] for i in range(MANY)]
        forward = [{"Type": "forward", "TargetGroupArn": groups[0]}]
        listeners = [elb.create_listener(LoadBalancerArn=balancers[0], Protocol="HTTP", Port=80 + i, DefaultActions=forward)["Listeners"][0]["ListenerArn"] for i in range(MANY)]
        rules = [elb.create_rule(ListenerArn=listeners[0], Priority=i, Conditions=[{"Field": "path-pattern", "Values": [f"/{i}"]}], Actions=forward)["Rules"][0]["RuleArn"]
                 for i in range(1, MANY)]
        rules += [r["RuleArn"] for r in elb.describe_rules(ListenerArn=listeners[0])["Rules"] if r["IsDefault"]]
        self.pages("elbv2", "describe_listeners", "ListenerArn", listeners, LoadBalancerArn=balancers[0])
        self.pages("elbv2", "describe_rules", "RuleArn", rules, size=None, PageSize=3, ListenerArn=listeners[0])
        self.pages("elbv2", "describe_target_groups", "TargetGroupArn", groups, among=True)
        self.pages("elbv2", "describe_load_balancers", "LoadBalancerArn", balancers, among=True)
