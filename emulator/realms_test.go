package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
)

// TestClosedWorldOpensNothing is that a request that comes after Close makes no
// realm, and so no folder of a world that was deleted.
func TestClosedWorldOpensNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := emulator.New(emulator.Options{Dir: dir, Ephemeral: true, Now: newWatch().Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "http://emulator.local/", strings.NewReader("{}"))
	req.Header.Set("X-Amz-Target", targetECS+"ListClusters")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any/20261123/eu-west-1/ecs/aws4_request")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, req)
	if answer.Code != http.StatusInternalServerError || !strings.Contains(answer.Body.String(), "the world was closed") {
		t.Errorf("a closed world answers %d %s", answer.Code, answer.Body)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("a closed world left %v, %v", left, err)
	}
}

// TestMostRealms is that a world with as many accounts and Regions as it may have
// refuses another one, and goes on with those that it has.
func TestMostRealms(t *testing.T) {
	r := ephemeral(t)
	list := func(n int) error {
		_, err := r.as(fmt.Sprintf("%012d", n), "eu-west-1").ListClusters(t.Context(), nil)
		return err
	}
	for n := range 100 {
		if err := list(n); err != nil {
			t.Fatalf("account %d: %v", n, err)
		}
	}
	refusedWith(t, "LimitExceededException", list(100))
	if err := list(99); err != nil {
		t.Error(err)
	}
}

// paced expects each Region to go at a speed.
func (r *rig) paced(speed time.Duration, regions ...string) {
	r.t.Helper()
	for _, region := range regions {
		before := r.nowIn("any", region)
		r.watch.pass(time.Second)
		if got := r.nowIn("any", region).Sub(before); got != speed*time.Second {
			r.t.Errorf("%s goes %s in a second, want %ds", region, got, speed)
		}
	}
}

// TestResetSpeed is that after a reset all of a world goes at its first speed,
// whatever the speed was when an account was first asked for in a Region.
func TestResetSpeed(t *testing.T) {
	r := attach(t, emulator.Options{Dir: t.TempDir(), Speed: 2})
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed": 7}`, nil)
	r.paced(7, "us-east-1", "eu-west-1")
	r.admin(http.MethodPost, "/_gantry/reset", "", nil)
	r.paced(2, "us-east-1", "eu-west-1", "ap-south-1")
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed": 3}`, nil)
	r.admin(http.MethodPost, "/_gantry/reset", "", nil)
	r.paced(2, "us-east-1", "eu-west-1", "ap-south-1")
}

// TestDamagedRealm is that a file that cannot be used keeps the rest of the world
// from nothing, is told, and makes room for a fresh one in a reset.
func TestDamagedRealm(t *testing.T) {
	dir := t.TempDir()
	regions := []string{"ap-south-1", "eu-west-1", "us-west-2"}
	r := attach(t, emulator.Options{Dir: dir})
	for _, region := range regions {
		must[*ecs.CreateClusterOutput](t)(r.as("any", region).CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("shop")}))
	}
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	damaged := func(region string) string {
		return filepath.Join(dir, "default", "realms", emulator.Account+"."+region, "world.db")
	}
	for _, region := range regions[:2] {
		if err := os.WriteFile(damaged(region), []byte("this is no world\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r = attach(t, emulator.Options{Dir: dir})
	status, _, says := r.call(http.MethodPost, "/_gantry/clock", "", `{"speed": 4}`)
	for _, want := range append(regions[:2:2], "not a gantry world") {
		if status == http.StatusOK || !strings.Contains(says, want) {
			t.Errorf("setting the speed answers %d %s, want %s", status, says, want)
		}
	}
	r.paced(4, "us-east-1", "us-west-2")
	r.admin(http.MethodPost, "/_gantry/reset", "", nil)
	r.paced(1, append(regions, "us-east-1")...)
	for _, region := range regions {
		if out := must[*ecs.ListClustersOutput](t)(r.as("any", region).ListClusters(t.Context(), nil)); len(out.ClusterArns) != 0 {
			t.Errorf("after a reset %s has %v", region, out.ClusterArns)
		}
	}
	for _, region := range regions[:2] {
		if content, err := os.ReadFile(damaged(region) + ".unusable-1"); err != nil || string(content) != "this is no world\n" {
			t.Errorf("of %s %q is kept, %v", region, content, err)
		}
	}
}
