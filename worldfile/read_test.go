package worldfile_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/taskdef"
	"gantry/worldfile"
)

// files are what a world's file names, in memory.
func files(texts map[string]string) worldfile.Opener {
	return func(name string) (io.ReadCloser, error) {
		text, ok := texts[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

const web = `{"family": "web", "containerDefinitions": [{"name": "web", "image": "nginx:1", "memory": 128}]}`

func TestSteps(t *testing.T) {
	file, findings, err := worldfile.Read(strings.NewReader(`
seed: 7
speed: 60
start: 2026-11-27T06:00:00Z
autoScalingGroups: [{name: web, instanceType: m5.large, minSize: 2, maxSize: 9}]
capacityProviders: [{name: web, autoScalingGroupProvider: {autoScalingGroupArn: web}}]
clusters: [{clusterName: shop, capacityProviders: [web]}]
instances: [{type: t3.medium}]
images: [{repository: web}]
parameters: [{name: /level, value: info}]
secrets: [{name: db, secretString: words}]
targetGroups: [{name: web, port: 8080}]
taskDefinitionFiles: [web.json]
services: [{serviceName: web, taskDefinition: web, desiredCount: 2}]
alarms: [{alarmName: cpu, namespace: AWS/ECS, metricName: CPUUtilization, period: 60, threshold: 90}]
faults:
  - {at: 2m, for: 1h, loseZone: us-east-1a}
  - {at: 2026-11-27T07:00:00Z, stopInstance: {zone: us-east-1b, count: 1}}
  - {throttleScheduler: 50%}
  - {api: {throttle: 0.2, latency: 300ms}}
`), "worlds/w.yaml", files(map[string]string{"worlds/web.json": web}))
	if err != nil || len(findings) > 0 {
		t.Fatal(findings, err)
	}
	if *file.Seed != 7 || file.Speed != "60" || !file.Start.Equal(time.Date(2026, 11, 27, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("the world begins with %d, %s, %s", *file.Seed, file.Speed, file.Start)
	}
	steps, err := file.Steps()
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	var faults []ecs.Fault
	for _, s := range steps {
		switch {
		case s.Call != nil:
			did = append(did, s.Call.Operation)
		case s.Fault != nil:
			faults = append(faults, *s.Fault)
		case s.Group != nil:
			did = append(did, "group "+s.Group.Name)
		case s.Instances != nil:
			did = append(did, "instances in "+s.Instances.Cluster)
		case s.Image != nil:
			did = append(did, "image "+s.Image.Tags[0])
		}
	}
	want := "group web, CreateCapacityProvider, CreateCluster, instances in shop, image latest, PutParameter, CreateSecret, CreateTargetGroup, RegisterTaskDefinition, PutMetricAlarm, CreateService"
	if got := strings.Join(did, ", "); got != want {
		t.Errorf("the steps are %s, want %s", got, want)
	}
	if len(faults) != 4 || faults[0].After != ecs.Seconds(2*time.Minute) || faults[0].For != ecs.Seconds(time.Hour) || faults[0].Cluster != "" ||
		faults[1].At.IsZero() || faults[1].Cluster != "shop" || faults[2].ThrottleScheduler != 0.5 || faults[3].API.Throttle != 0.2 {
		t.Errorf("the faults are %+v", faults)
	}
	if steps[3].Place != "worlds/w.yaml:8:13" {
		t.Errorf("the instances stand at %s", steps[3].Place)
	}
}

func TestJSON(t *testing.T) {
	file, _, err := worldfile.Read(strings.NewReader(`{"clusters": [{"clusterName": "a"}], "taskDefinitions": [`+web+`], // a comment
	"services": [{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 1}]}`), "w.json", files(nil))
	if err != nil {
		t.Fatal(err)
	}
	if steps, err := file.Steps(); err != nil || len(steps) != 3 {
		t.Errorf("%+v %v", steps, err)
	}
}

// What is wrong is told with the place where it stands.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"clusers: []":                      `w.yaml:1:1: error: unknown key "clusers"; did you mean "clusters"?`,
		"instances:\n  - {typ: t3.medium}": `w.yaml:2:6: error: unknown key "typ"; did you mean "type"?`,
		"clusters:\n  - {clusterNam: a}":   `w.yaml:2:6: error: unknown key "clusterNam"; did you mean "clusterName"?`,
		"seed: many":                       "w.yaml:1:7: error: seed: expected an integer",
		"seed: -1":                         "w.yaml:1:7: error: the seed is 0 or more",
		"speed: fast":                      "w.yaml:1:8: error: the speed is a number such as 10",
		"start: tomorrow":                  `got a string: "tomorrow"`,
		"start: tomorrow\nspeed: fast":     "w.yaml:2:8: error: the speed is a number such as 10",
		"clusters: [{clusterName: a}]\ninstances: [{type: t3.medum}]":                                       `w.yaml:2:20: error: the emulator does not know the instance type "t3.medum"`,
		"clusters: [{clusterName: a}]\ninstances: [{count: 3}]":                                             "w.yaml:2:13: error: type is missing",
		"clusters: [{clusterName: a}]\ninstances: [{type: t3.medium, count: 0}]":                            "w.yaml:2:38: error: the count of instances is 1 or more",
		"clusters: [{clusterName: a}]\ninstances: [{type: t3.medium, cluster: b}]":                          "w.yaml:2:40: error: the file makes no cluster b",
		"instances: [{type: t3.medium}]":                                                                    "error: the file makes no cluster default",
		"autoScalingGroups: [{name: a, instanceType: t3.medium, minSize: 3, maxSize: 1}]":                   "error: a group of 3 to 1 instances cannot have 3",
		"autoScalingGroups: [{instanceType: t3.medium, maxSize: 1}]":                                        "error: the Auto Scaling group has no name",
		"images: [{tags: [v1]}]":                                                                            "error: the image has no repository",
		"images: [{repository: a, fate: exi=1}]":                                                            `w.yaml:1:32: error: Invalid fate "exi=1"`,
		"taskDefinitions: [{family: a}]":                                                                    "w.yaml:1:19: error: ",
		"taskDefinitionFiles: [a.json]":                                                                     "w.yaml:1:23: error: open a.json: file does not exist",
		"taskDefinitionFiles: [bad.json]":                                                                   "bad.json:1:",
		"clusters: [{clusterName: a}]\nservices: [{serviceName: s, taskDefinition: nope, desiredCount: 1}]": "w.yaml:2:45: error: the file registers no task definition of the family nope",
		"clusters: [{clusterName: a}]\nservices: [{desiredCount: 1}]":                                       "error: the service has no serviceName",
		"faults: [{at: 2m}]":                                                                                "w.yaml:1:10: error: a fault is of exactly one kind, but 0 are given",
		"faults: [{loseZone: us-east-1a, throttleScheduler: 1%, cluster: a}]":                               "but 2 are given",
		"faults: [{loseZone: us-east-1a, at: soon}]":                                                        `w.yaml:1:37: error: "soon" is no span of time`,
		"faults: [{api: {throttle: 120%}}]":                                                                 `error: "120%" is no share`,
		"faults: [{api: {throttel: 20%}}]":                                                                  `did you mean "throttle"?`,
		"faults: [{cluster: a, api: {throttle: 20%}}]":                                                      "error: a fault of the API is of no cluster",
		"clusters: [{clusterName: a}]\nfaults: [{fate: {fate: exi=1}}]":                                     `w.yaml:2:24: error: Invalid fate "exi=1"`,
		"clusters: [{clusterName: a}]\nfaults: [{fate: {service: s}}]":                                      "it says nothing",
		"clusters: {": "w.yaml:1:",
		"":            "the file is empty",
		"- a":         "expected an object",
	} {
		_, findings, err := worldfile.Read(strings.NewReader(text), "w.yaml", files(map[string]string{"bad.json": `{"family": 3}`}))
		var all []string
		for _, f := range findings {
			all = append(all, f.String())
		}
		if got := strings.Join(all, "\n"); err == nil || !strings.Contains(got, want) {
			t.Errorf("%q: %v\n%s\nwant %s", text, err, got, want)
		}
		if blocking := taskdef.Blocking(err); len(blocking) == 0 && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: the error blocks nothing: %v", text, err)
		}
	}
}
