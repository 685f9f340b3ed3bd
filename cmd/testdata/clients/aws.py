"""What the tests with boto3 share: clients of the emulator that AWS_ENDPOINT_URL names."""

import contextlib
import functools
import hashlib
import itertools
import json
import os
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT, REGION = "123456789012", "us-east-1"
ZONES = [REGION + letter for letter in "abc"]

_number = itertools.count(1)


def unique(word):
    """A name that no other test has."""
    return f"{word}-{next(_number)}"


@functools.cache
def client(service, **settings):
    # Old releases do not read AWS_ENDPOINT_URL, so it is named.
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=REGION,
                        config=Config(retries={"max_attempts": 1}, **settings))


def client_of(account, region, service):
    """A client of another account, which the access key names."""
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=region,
                        aws_access_key_id=account, aws_secret_access_key="any")


def wait(client, name, **arguments):
    """Let one of botocore's waiters wait. Its conditions are what is tried, so it looks more often."""
    client.get_waiter(name).wait(WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}, **arguments)


class TestCase(unittest.TestCase):
    maxDiff = None

    @contextlib.contextmanager
    def refused(self, code, words="", status=400):
        """Expect AWS's error of this code, with these words in its message."""
        with self.assertRaises(ClientError) as caught:
            yield
        response = caught.exception.response
        self.assertEqual(response["Error"]["Code"], code, response["Error"])
        self.assertIn(words.lower(), response["Error"]["Message"].lower())
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], status, response["Error"])


@contextlib.contextmanager
def paused():
    """Let the world's time stand still, so that nothing comes while one looks."""
    def set_speed(speed):
        body = json.dumps({"speed": speed}).encode()
        with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_gantry/clock", data=body) as answer:
            return json.load(answer)
    with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_gantry/clock") as answer:
        before = json.load(answer)["speedText"]
    set_speed("pause")
    try:
        yield
    finally:
        set_speed(before)


def answers(service, operation):
    """Whether the emulator has an operation; what it has not, it says by name."""
    bare = client(service, parameter_validation=False)
    try:
        getattr(bare, operation)()
    except ClientError as e:
        if e.response["Error"]["Code"] in ("UnknownOperationException", "InvalidAction"):
            assert bare.meta.method_to_api_mapping[operation] in e.response["Error"]["Message"], e
            return False
    return True


class Cluster:
    """A cluster with container instances."""

    def __init__(self, instances=3, kind="t3.medium"):
        self.ecs = client("ecs")
        self.name = unique("cluster")
        self.arn = self.ecs.create_cluster(clusterName=self.name)["cluster"]["clusterArn"]
        self.instances = [self.add(ZONES[i % len(ZONES)], kind) for i in range(instances)]

    def add(self, zone, kind):
        """Register a container instance as an agent does, with nothing but its identity document."""
        machine = f"i-{next(_number):017x}"
        document = f'{{"instanceId": "{machine}", "instanceType": "{kind}", "availabilityZone": "{zone}", "region": "{REGION}", "accountId": "{ACCOUNT}"}}'
        made = self.ecs.register_container_instance(cluster=self.name, instanceIdentityDocument=document)
        return made["containerInstance"]["containerInstanceArn"]

    def service(self, family, count=2, **more):
        name = unique("service")
        self.ecs.create_service(cluster=self.name, serviceName=name, taskDefinition=family, desiredCount=count, **more)
        return name


def define(family=None, memory=64, labels=None, **container):
    """Register a task definition of one container; its revision's ARN."""
    family = family or unique("family")
    definition = {"name": "app", "image": "public.ecr.aws/docker/library/nginx:1.27", "memory": memory, "cpu": 10,
                  "dockerLabels": labels or {}, **container}
    made = client("ecs").register_task_definition(family=family, containerDefinitions=[definition])
    return made["taskDefinition"]["taskDefinitionArn"]


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def push(repository, tag, text, **labels):
    """Push an image of one layer through ECR's own operations; its digest."""
    ecr = client("ecr")
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}, "comment": text,
                         "config": {"Labels": {f"gantry.{name}": value for name, value in labels.items()}}}).encode()
    layer = text.encode() * 1000
    for blob in (config, layer):
        upload = ecr.initiate_layer_upload(repositoryName=repository)
        ecr.upload_layer_part(repositoryName=repository, uploadId=upload["uploadId"], partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
        ecr.complete_layer_upload(repositoryName=repository, uploadId=upload["uploadId"], layerDigests=[digest(blob)])
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(config), "digest": digest(config)},
        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(layer), "digest": digest(layer)}],
    })
    image = ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=tag)["image"]
    assert image["imageId"] == {"imageDigest": digest(manifest.encode()), "imageTag": tag}, image["imageId"]
    return image["imageId"]["imageDigest"]
