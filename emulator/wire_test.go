package emulator_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"gantry/internal/golden"
)

// The answers on the wire to a few requests, to the byte but for ids of requests.
func TestWireGolden(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	var conversation bytes.Buffer
	for _, request := range []struct{ target, body string }{
		{targetECS + "DescribeClusters", `{"clusters":["demo","none"],"include":["SETTINGS","STATISTICS","TAGS"]}`},
		{targetECS + "DescribeServices", `{"cluster":"demo","services":["web","none"]}`},
		{targetECS + "ListServices", `{"cluster":"demo"}`},
		{targetECS + "DescribeTaskDefinition", `{"taskDefinition":"web","include":["TAGS"]}`},
		{targetECS + "RunTask", `{"cluster":"demo","taskDefinition":"web","count":1,"startedBy":"me"}`},
		{targetECS + "ListServiceDeployments", `{"cluster":"demo","service":"web"}`},
		{targetECS + "RunTask", `{"cluster":"none","taskDefinition":"web"}`},
		{targetECR + "CreateRepository", `{"repositoryName":"app"}`},
		{targetECR + "DescribeImages", `{"repositoryName":"app"}`},
		{targetLogs + "DescribeLogGroups", `{}`},
		{targetLogs + "FilterLogEvents", `{"logGroupName":"/ecs/web","limit":2}`},
	} {
		status, _, body := r.call(http.MethodPost, "/", request.target, request.body)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(body), "", "  "); err != nil {
			t.Fatal(err)
		}
		conversation.WriteString("> " + request.target + " " + request.body + "\n" + http.StatusText(status) + "\n" + pretty.String() + "\n\n")
	}
	golden.Assert(t, "wire.txt", conversation.Bytes())
}
