"""What is wrong is answered as AWS answers it: code, words and status, in each of the protocols."""

from aws import TestCase, Cluster, client, client_of, define, push, unique

NOBODY = "0" * 32


class ECS(TestCase):
    def setUp(self):
        self.ecs, self.cluster = client("ecs"), Cluster(instances=1)
        self.at = {"cluster": self.cluster.name}

    def test_what_is_not_there(self):
        ecs, at = self.ecs, self.at
        with self.refused("ClusterNotFoundException", "Cluster not found."):
            ecs.list_tasks(cluster="nosuch")
        with self.refused("ClusterNotFoundException"):
            ecs.run_task(cluster="nosuch", taskDefinition=define())
        with self.refused("ClientException", "Unable to describe task definition."):
            ecs.describe_task_definition(taskDefinition="nosuch")
        with self.refused("ClientException", "TaskDefinition not found."):
            ecs.run_task(taskDefinition="nosuch:7", **at)
        with self.refused("ServiceNotFoundException", "Service not found."):
            ecs.update_service(service="nosuch", desiredCount=1, **at)
        with self.refused("ServiceNotFoundException"):
            ecs.delete_service(service="nosuch", **at)
        with self.refused("InvalidParameterException", "task was not found"):
            ecs.stop_task(task=NOBODY, **at)
        with self.refused("InvalidParameterException"):
            ecs.deregister_container_instance(containerInstance=NOBODY, **at)

    def test_what_is_not_there_among_many_is_a_failure(self):
        ecs, at, name = self.ecs, self.at, self.cluster.name
        start = "arn:aws:ecs:us-east-1:123456789012:"
        for failures, arn in (
            (ecs.describe_clusters(clusters=["nosuch"]), "cluster/nosuch"),
            (ecs.describe_services(services=["nosuch"], **at), f"service/{name}/nosuch"),
            (ecs.describe_tasks(tasks=[NOBODY], **at), f"task/{name}/{NOBODY}"),
            (ecs.describe_container_instances(containerInstances=[NOBODY], **at), f"container-instance/{name}/{NOBODY}"),
        ):
            self.assertEqual([(f["arn"], f["reason"]) for f in failures["failures"]], [(start + arn, "MISSING")])

    def test_tasks_that_find_no_place_are_failures(self):
        ran = self.ecs.run_task(taskDefinition=define(memory=1_000_000), count=2, **self.at)
        self.assertEqual(ran["tasks"], [])
        self.assertEqual({f["reason"] for f in ran["failures"]}, {"RESOURCE:MEMORY"})
        self.assertEqual({f["arn"] for f in ran["failures"]}, set(self.cluster.instances))

    def test_what_is_in_use(self):
        with self.refused("ClusterContainsContainerInstancesException", "container instances"):
            self.ecs.delete_cluster(**self.at)
        empty = Cluster(instances=0)
        name = empty.service(define(), count=1)
        with self.refused("InvalidParameterException", "scaled above 0"):
            self.ecs.delete_service(cluster=empty.name, service=name)
        with self.refused("ClusterContainsServicesException", "services are active"):
            self.ecs.delete_cluster(cluster=empty.name)
        with self.refused("InvalidParameterException", "idempotent"):
            self.ecs.create_service(cluster=empty.name, serviceName=name, taskDefinition=define(), desiredCount=1)

    def test_what_is_not_allowed(self):
        ecs, at = self.ecs, self.at
        for words, ask in {
            "container.name": lambda: ecs.register_task_definition(family="web", containerDefinitions=[{"name": "not a name", "image": "a", "memory": 64}]),
            "memory": lambda: ecs.register_task_definition(family="web", containerDefinitions=[{"name": "app", "image": "a"}]),
        }.items():
            with self.refused("ClientException", words):
                ask()
        for words, ask in {
            "count": lambda: ecs.run_task(taskDefinition=define(), count=11, **at),
            "100": lambda: ecs.describe_tasks(tasks=[NOBODY] * 101, **at),
            "maxResults": lambda: ecs.list_tasks(maxResults=101, **at),
            "token": lambda: ecs.list_tasks(nextToken="nonsense", **at),
            "expression": lambda: ecs.run_task(taskDefinition=define(), placementConstraints=[{"type": "memberOf", "expression": "attribute:"}], **at),
            "minimumHealthyPercent": lambda: ecs.create_service(serviceName="web", taskDefinition=define(), desiredCount=1, **at, deploymentConfiguration={
                "minimumHealthyPercent": 100, "maximumPercent": 100}),
        }.items():
            with self.subTest(words), self.refused("InvalidParameterException", words):
                ask()

    def test_a_request_that_is_repeated_by_its_token_is_one(self):
        ecs, at = self.ecs, self.at
        token, revision = unique("token"), define()
        ran = [ecs.run_task(taskDefinition=revision, clientToken=token, **at)["tasks"][0]["taskArn"] for _ in range(2)]
        self.assertEqual(ran[0], ran[1])
        with self.refused("ConflictException"):
            ecs.run_task(taskDefinition=revision, clientToken=token, count=2, **at)

    def test_a_service_that_is_not_emulated_is_named(self):
        with self.refused("UnknownOperationException", "DynamoDB"):
            client("dynamodb").list_tables()


class ECR(TestCase):
    def test_errors(self):
        ecr, name = client("ecr"), unique("errors")
        with self.refused("RepositoryNotFoundException", "does not exist in the registry with id '123456789012'"):
            ecr.describe_images(repositoryName="nosuch")
        ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
        with self.refused("RepositoryAlreadyExistsException"):
            ecr.create_repository(repositoryName=name)
        push(name, "v1", "one")
        with self.refused("ImageTagAlreadyExistsException", "v1"):
            push(name, "v1", "two")
        with self.refused("ImageNotFoundException"):
            ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": "nosuch"}])
        with self.refused("RepositoryNotEmptyException"):
            ecr.delete_repository(repositoryName=name)
        gone = ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "nosuch"}])
        self.assertEqual([f["failureCode"] for f in gone["failures"]], ["ImageNotFound"])
        with self.refused("LifecyclePolicyNotFoundException"):
            ecr.get_lifecycle_policy(repositoryName=name)
        with self.refused("RepositoryPolicyNotFoundException"):
            ecr.get_repository_policy(repositoryName=name)
        with self.refused("LifecyclePolicyPreviewNotFoundException"):
            ecr.get_lifecycle_policy_preview(repositoryName=name)
        with self.refused("ScanNotFoundException"):
            ecr.describe_image_scan_findings(repositoryName=name, imageId={"imageTag": "v1"})
        with self.refused("InvalidParameterException"):
            ecr.create_repository(repositoryName="NOT-LOWER")


class Logs(TestCase):
    def test_errors(self):
        logs, group = client("logs"), unique("/errors")
        with self.refused("ResourceNotFoundException", "log group does not exist"):
            logs.filter_log_events(logGroupName="/nosuch")
        logs.create_log_group(logGroupName=group)
        with self.refused("ResourceAlreadyExistsException"):
            logs.create_log_group(logGroupName=group)
        with self.refused("ResourceNotFoundException", "log stream does not exist"):
            logs.get_log_events(logGroupName=group, logStreamName="nosuch")
        with self.refused("InvalidParameterException"):
            logs.filter_log_events(logGroupName=group, filterPattern="{ $.a = ")
        with self.refused("InvalidParameterException"):
            logs.put_retention_policy(logGroupName=group, retentionInDays=2)


class Around(TestCase):
    """The services around ECS, which speak AWS Query, EC2 Query, CBOR and AWS JSON."""

    def test_errors(self):
        arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/nosuch/0123456789abcdef"
        with self.refused("TargetGroupNotFound", "One or more target groups not found"):
            client("elbv2").describe_target_groups(TargetGroupArns=[arn])
        with self.refused("NoSuchEntity", "nosuch", status=404):
            client("iam").get_role(RoleName="nosuch")
        with self.refused("InvalidInstanceID.NotFound", "i-0123456789abcdef0"):
            client("ec2").describe_instances(InstanceIds=["i-0123456789abcdef0"])
        with self.refused("ParameterNotFound"):
            client("ssm").get_parameter(Name="/nosuch")
        with self.refused("ResourceNotFoundException"):
            client("secretsmanager").get_secret_value(SecretId="nosuch")
        with self.refused("ValidationException", "ECS service doesn't exist"):
            client("application-autoscaling").register_scalable_target(ServiceNamespace="ecs", ResourceId="service/nosuch/nosuch", ScalableDimension="ecs:service:DesiredCount",
                                                                       MinCapacity=1, MaxCapacity=2)
        with self.refused("ResourceNotFound", status=404):
            client("cloudwatch").set_alarm_state(AlarmName="nosuch", StateValue="OK", StateReason="none")
        with self.refused("NamespaceNotFound"):
            client("servicediscovery").get_namespace(Id="ns-nosuch")

    def test_who_asks(self):
        self.assertEqual(client_of("210987654321", "us-east-1", "sts").get_caller_identity()["Account"], "210987654321")

    def test_what_is_asked_of_nobody(self):
        with self.refused("InvalidAction"):
            client("iam").list_virtual_mfa_devices()
