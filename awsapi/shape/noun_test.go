package shape_test

import (
	"reflect"
	"strings"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
)

// draw makes a noun as it is after it was read: a list that the noun's JSON form always shows is not nil, any other is
// nil when it is empty; times are UTC, durations whole seconds.
func draw[N any](t *rapid.T) N {
	var noun N
	fill(t, reflect.ValueOf(&noun).Elem(), false)
	return noun
}

func fill(t *rapid.T, v reflect.Value, shown bool) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		if millis := rapid.Int64Range(0, 4e12).Draw(t, "millis"); millis > 0 {
			v.Set(reflect.ValueOf(time.UnixMilli(millis).UTC()))
		}
		return
	case reflect.TypeFor[ecs.Seconds]():
		v.SetInt(int64(time.Duration(rapid.IntRange(0, 1000).Draw(t, "seconds")) * time.Second))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "a", "web", "EC2", "arn:aws:ecs:us-east-1:123456789012:task/c/0af3", "x y"}).Draw(t, "text"))
	case reflect.Int:
		v.SetInt(int64(rapid.IntRange(0, 100000).Draw(t, "number")))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "long"))
	case reflect.Float64:
		v.SetFloat(float64(rapid.IntRange(0, 1000).Draw(t, "tenths")) / 10)
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "present") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), false)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		if n > 0 || shown {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range n {
			fill(t, v.Index(i), false)
		}
	case reflect.Map:
		if m := rapid.MapOf(rapid.StringMatching(`[a-c]{1,2}`), rapid.String()).Draw(t, "map"); len(m) > 0 {
			v.Set(reflect.ValueOf(m))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag.Get("json")
			if tag == "-" {
				continue
			}
			fill(t, v.Field(i), !strings.Contains(tag, "omitempty"))
		}
		possible(v.Addr().Interface())
	default:
		t.Fatalf("the generator does not know %s", v.Type())
	}
}

// possible takes back what no noun that was read from AWS can say.
func possible(noun any) {
	switch n := noun.(type) {
	case *ecs.Task:
		n.ID = ecs.TaskID(n.ARN.Short())
	case *ecs.ContainerInstance:
		n.ID = ecs.ContainerInstanceID(n.ARN.Short())
	case *ecs.RevisionConfiguration:
		meant(&n.ServiceConnect, `{"enabled":true,"services":[{"portName":"web"}]}`)
		meant(&n.Volumes, `[{"name":"data","managedEBSVolume":{"roleArn":"role","sizeInGiB":20}}]`)
		meant(&n.VPCLattice, `[{"portName":"web","roleArn":"role","targetGroupArn":"group"}]`)
		meant(&n.Monitoring, `{"metricConfigurations":[{"metricNames":["CPUUtilization"],"resolutionSeconds":20}]}`)
		meant(&n.GatewayConnectors, `[{"portName":"web"}]`)
	case *ecs.Deployment:
		c := ecs.RevisionConfiguration{ServiceConnect: n.ServiceConnect, Volumes: n.Volumes, VPCLattice: n.VPCLattice}
		possible(&c)
		n.ServiceConnect, n.Volumes, n.VPCLattice = c.ServiceConnect, c.Volumes, c.VPCLattice
	case *ecs.ResourceRequirement:
		meant(&n.SharingStrategy, `{"nvidiaMps":{"memory":1024}}`)
	case *ecs.Service:
		n.RevisionConfiguration = ecs.RevisionConfiguration{} // on its revisions and deployments only
		for i := range n.CurrentServiceRevisions {            // weights are on service deployments only
			n.CurrentServiceRevisions[i].TestTrafficWeight, n.CurrentServiceRevisions[i].ProductionTrafficWeight = nil, nil
		}
	case *ecs.LifecycleHook:
		n.HookDetails = `{"stage":"any"}` // an open document
	case *ecs.Resources:
		n.ENIs = 0 // not on the wire
	case *ecs.TaskOverride:
		n.CPU = "256" // an override that changes nothing is no override
	case *ecs.PortMapping:
		if n.Protocol == "" {
			n.Protocol = "tcp"
		}
	case *ecs.ContainerDefinition:
		if n.LogDriver == "" {
			n.LogOptions = nil
		}
	}
}

// meant makes a document that there is one of the shape that it is for.
func meant(d *ecs.Document, sample ecs.Document) {
	if *d != "" {
		*d = sample
	}
}
