package worldfile

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/taskdef"
)

// Opener opens a file that the world's file names.
type Opener func(name string) (io.ReadCloser, error)

// File is the description of a world that was read and checked.
type File struct {
	World
	name        string
	doc         *taskdef.Document
	definitions []placed[*sdk.RegisterTaskDefinitionInput]
	services    []placed[*sdk.CreateServiceInput]
	faults      []placed[ecs.Fault]
	findings    taskdef.Findings
}

// placed is something with the place in a file where it stands.
type placed[T any] struct {
	at    string
	value T
}

// Read reads the description of a world, with the files that it names, and checks
// it. The error is nil exactly when nothing blocks: else it is that of a reader, or
// carries the findings that block (taskdef.Blocking).
func Read(r io.Reader, name string, open Opener) (*File, taskdef.Findings, error) {
	f := &File{name: name}
	doc, findings, err := taskdef.ParseInput(r, name, &f.World)
	if doc == nil || err != nil && len(taskdef.Blocking(err)) == 0 {
		return nil, findings, err
	}
	f.doc = doc
	for _, x := range findings {
		f.judge(x)
	}
	// What is missing may be what was not understood; but nothing depends on start.
	if !slices.ContainsFunc(f.findings.Errors(), func(x taskdef.Finding) bool { return x.Path != "start" }) {
		if err := f.readFiles(open); err != nil {
			return nil, f.findings, err
		}
		f.check()
	}
	return f, f.findings, f.findings.Err()
}

// judge takes over what the reader found. A key that is not known is an error here:
// what it was meant to describe would be missing from the world.
func (f *File) judge(x taskdef.Finding) {
	own := !strings.HasPrefix(x.Path, "taskDefinitions[") && !strings.HasPrefix(x.Path, "services[") &&
		!strings.HasPrefix(x.Path, "clusters[") && !strings.HasPrefix(x.Path, "capacityProviders[")
	switch {
	case strings.HasPrefix(x.Message, taskdef.UnknownKey):
		x.Severity = taskdef.Error
		x.Message = strings.Replace(x.Message, taskdef.LeftOut, "", 1)
	case own && x.Severity == taskdef.Warning && strings.HasSuffix(x.Message, "it is converted"):
		return // a number where a text stands is as good here
	}
	f.findings = append(f.findings, x)
}

// wrong adds an error about the member at the path.
func (f *File) wrong(path, next, format string, args ...any) {
	at := f.doc.Position(path)
	f.findings = append(f.findings, taskdef.Finding{Path: path, File: f.name, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...), Hint: next})
}

// at is the place of a member, as messages tell it.
func (f *File) at(path string) string {
	at := f.doc.Position(path)
	return fmt.Sprintf("%s:%d:%d", f.name, at.Line, at.Column)
}

// readFiles reads the task definitions and services, those in other files first.
func (f *File) readFiles(open Opener) error {
	for i, name := range f.TaskDefinitionFiles {
		err := f.readFile(open, fmt.Sprintf("taskDefinitionFiles[%d]", i), name, func(r io.Reader, name string) (taskdef.Findings, error) {
			d, findings, err := taskdef.ParseTaskDefinition(r, name)
			if err == nil {
				f.definitions = append(f.definitions, placed[*sdk.RegisterTaskDefinitionInput]{name, d.Input})
			}
			return findings, err
		})
		if err != nil {
			return err
		}
	}
	for i := range f.TaskDefinitions {
		at, in := fmt.Sprintf("taskDefinitions[%d]", i), &f.TaskDefinitions[i]
		for _, x := range taskdef.Validate(in) {
			x.Path = strings.TrimSuffix(at+"."+x.Path, ".")
			place := f.doc.Position(x.Path)
			if place.Line == 0 {
				place = f.doc.Position(at)
			}
			x.File, x.Line, x.Column = f.name, place.Line, place.Column
			f.findings = append(f.findings, x)
		}
		f.definitions = append(f.definitions, placed[*sdk.RegisterTaskDefinitionInput]{f.at(at), in})
	}
	for i, name := range f.ServiceFiles {
		err := f.readFile(open, fmt.Sprintf("serviceFiles[%d]", i), name, func(r io.Reader, name string) (taskdef.Findings, error) {
			in := &sdk.CreateServiceInput{}
			_, findings, err := taskdef.ParseInput(r, name, in)
			if err == nil {
				f.services = append(f.services, placed[*sdk.CreateServiceInput]{name, in})
			}
			return findings, err
		})
		if err != nil {
			return err
		}
	}
	for i := range f.Services {
		f.services = append(f.services, placed[*sdk.CreateServiceInput]{f.at(fmt.Sprintf("services[%d]", i)), &f.Services[i]})
	}
	return nil
}

// readFile reads a file that is named at the path; its place is that of the world's
// file unless it is absolute.
func (f *File) readFile(open Opener, at, name string, read func(io.Reader, string) (taskdef.Findings, error)) error {
	if !path.IsAbs(name) {
		name = path.Join(path.Dir(f.name), name)
	}
	r, err := open(name)
	if err != nil {
		f.wrong(at, "", "%s", err)
		return nil
	}
	defer r.Close()
	findings, err := read(r, name)
	f.findings = append(f.findings, findings...)
	if err != nil && len(taskdef.Blocking(err)) == 0 {
		return err
	}
	return nil
}

// check judges what the API would be too late for: nothing is made of a file that is
// wrong.
func (f *File) check() {
	f.checkMachines()
	f.checkServices()
	for i, x := range f.Images {
		at := fmt.Sprintf("images[%d]", i)
		if x.Repository == "" {
			f.wrong(at, "", "the image has no repository")
		}
		if _, err := life.ParseFate(x.Fate); err != nil {
			f.wrong(at+".fate", "the words of fates are in docs/fates.md", "Invalid %s.", err)
		}
		if len(x.Tags) == 0 {
			f.Images[i].Tags = []string{"latest"}
		}
	}
	for i := range f.Faults {
		f.checkFault(i)
	}
	if f.Speed != "" && f.Speed != "max" && f.Speed != "pause" {
		if _, err := number(f.Speed); err != nil {
			f.wrong("speed", "", "the speed is a number such as 10, max or pause, not %q", f.Speed)
		}
	}
	if f.Seed != nil && *f.Seed < 0 {
		f.wrong("seed", "", "the seed is 0 or more")
	}
}

func (f *File) checkMachines() {
	for i := range f.AutoScalingGroups {
		g, at := &f.AutoScalingGroups[i], fmt.Sprintf("autoScalingGroups[%d]", i)
		g.DesiredCapacity = max(g.DesiredCapacity, g.MinSize)
		if g.Name == "" {
			f.wrong(at, "", "the Auto Scaling group has no name")
		}
		if g.MinSize < 0 || g.MaxSize < g.DesiredCapacity {
			f.wrong(at, "maxSize is at least minSize and desiredCapacity", "a group of %d to %d instances cannot have %d", g.MinSize, g.MaxSize, g.DesiredCapacity)
		}
		f.checkType(at, "instanceType", g.InstanceType)
	}
	for i := range f.Instances {
		x, at := &f.Instances[i], fmt.Sprintf("instances[%d]", i)
		f.checkType(at, "type", x.Type)
		if x.Count == nil {
			x.Count = new(int)
			*x.Count = 1
		}
		if *x.Count < 1 {
			f.wrong(at+".count", "", "the count of instances is 1 or more, not %d", *x.Count)
		}
		f.checkCluster(at+".cluster", &x.Cluster)
	}
}

func (f *File) checkType(at, member, name string) {
	if _, ok := ecs.InstanceTypeByName(name); ok {
		return
	}
	next := "the types are those of the current generation, such as t3.medium, m5.large, c6g.large"
	if near, ok := ecs.NearestInstanceType(name); ok {
		next = "did you mean " + near.Name + "?"
	}
	if name == "" {
		f.wrong(at, next, "%s is missing: an EC2 instance type", member)
		return
	}
	f.wrong(at+"."+member, next, "the emulator does not know the instance type %q", name)
}

// ClusterNames are the clusters that the file makes.
func (f *File) ClusterNames() []string {
	var names []string
	for _, c := range f.Clusters {
		name := "default"
		if c.ClusterName != nil {
			name = *c.ClusterName
		}
		names = append(names, name)
	}
	return names
}

// checkCluster refuses a cluster that the file does not make. Where none is named, it
// is the only one there is, or the default one.
func (f *File) checkCluster(at string, name *string) {
	names := f.ClusterNames()
	if *name == "" {
		*name = "default"
		if len(names) == 1 {
			*name = names[0]
		}
	}
	if short := ecs.ARN(*name).Short(); slices.Contains(names, short) {
		return
	}
	next := "the file makes the clusters " + strings.Join(names, ", ")
	if len(names) == 0 {
		next = "add the section clusters, for example: clusters: [{clusterName: " + *name + "}]"
	}
	f.wrong(at, next, "the file makes no cluster %s", *name)
}

func (f *File) checkServices() {
	families := map[string]bool{}
	for _, d := range f.definitions {
		if d.value.Family != nil {
			families[*d.value.Family] = true
		}
	}
	for i := range f.services {
		x, in := &f.services[i], f.services[i].value
		path := ""
		if at := i - (len(f.services) - len(f.Services)); at >= 0 {
			path = fmt.Sprintf("services[%d]", at)
		}
		say := func(member, format string, args ...any) {
			if path != "" {
				f.wrong(path+"."+member, "", format, args...)
				return
			}
			f.findings = append(f.findings, taskdef.Finding{File: x.at, Message: fmt.Sprintf(format, args...)})
		}
		name := ""
		if in.Cluster != nil {
			name = *in.Cluster
		}
		f.checkCluster(strings.TrimPrefix(path+".cluster", "."), &name)
		in.Cluster = &name
		if in.ServiceName == nil {
			say("serviceName", "the service has no serviceName")
		}
		if in.TaskDefinition == nil {
			continue
		}
		family, _, _ := strings.Cut(ecs.ARN(*in.TaskDefinition).Short(), ":")
		if !families[family] {
			say("taskDefinition", "the file registers no task definition of the family %s", family)
		}
	}
}
