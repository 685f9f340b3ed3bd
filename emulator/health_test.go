package emulator_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
	"gantry/emulator/runtime"
	"gantry/emulator/runtime/sim"
	"gantry/emulator/store"
)

// sick makes a cluster whose engine saves what it cannot read again.
type sick struct{ sim.Factory }

func (f sick) Load(saved []byte) (runtime.Runtime, error) {
	rt, err := f.Factory.Load(saved)
	return sickened{rt}, err
}

type sickened struct{ runtime.Runtime }

func (s sickened) Save() ([]byte, error) {
	state, err := s.Runtime.Save()
	return bytes.Replace(state, []byte(`"runs":[]`), []byte(`"runs":[null]`), 1), err
}

// A world is ready while it takes work. One of its clusters that stands still is
// named, and no reason to wait: the rest of the world goes on.
func TestHealth(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir})
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("sick")}))
	if status, _, text := r.call(http.MethodGet, "/_gantry/health", "", ""); status != http.StatusOK || text != `{"status":"ok"}` {
		t.Errorf("health of a sound world: %d %s", status, text)
	}
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(store.Config{Path: filepath.Join(dir, "default", "world.db"), Runtimes: sick{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	r = attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	status, _, text := r.call(http.MethodGet, "/_gantry/health", "", "")
	if status != http.StatusOK || text != `{"status":"ok","failedClusters":["arn:aws:ecs:us-east-1:123456789012:cluster/sick"]}` {
		t.Errorf("health of a world with a cluster that stands still: %d %s", status, text)
	}
	if failed := r.scrape()[`gantry_clusters{account="123456789012",region="us-east-1",status="FAILED"}`]; failed != 1 {
		t.Errorf("%g clusters stand still", failed)
	}
}

// A world that is closed is not ready, and says so.
func TestHealthOfAClosedWorld(t *testing.T) {
	w, err := emulator.New(emulator.Options{Dir: t.TempDir(), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://emulator.local/_gantry/health", http.NoBody))
	if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "the world was closed") {
		t.Errorf("health of a closed world: %d %s", answer.Code, answer.Body)
	}
}
