package emulator_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/emulator"
)

// How many times TestKill kills, and the name of the world's folder for the
// process that is killed.
const (
	killsVariable  = "GANTRY_KILLS"
	victimVariable = "GANTRY_TEST_VICTIM"
)

// TestVictim is the process that TestKill kills: it writes into a world from
// several goroutines, and tells each family once it was answered.
func TestVictim(t *testing.T) {
	dir := os.Getenv(victimVariable)
	if dir == "" {
		t.Skip("it is run by TestKill")
	}
	r := attach(t, emulator.Options{Dir: dir, SyncAlways: strings.HasSuffix(dir, "always"), Now: time.Now, Speed: 1000})
	r.cluster() // the instances are more each time
	var telling sync.Mutex
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for n := 0; ; n++ {
				family := fmt.Sprintf("f-%d-%d-%d", os.Getpid(), w, n)
				out, err := r.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{Family: &family,
					ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("app"), Image: aws.String("x:1"), Memory: aws.Int32(16)}}})
				if err == nil && n%8 == 0 {
					_, err = r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: aws.String("demo"), TaskDefinition: out.TaskDefinition.TaskDefinitionArn})
				}
				if err != nil {
					t.Error(err)
					return
				}
				telling.Lock()
				_, _ = os.Stdout.WriteString("answered " + family + "\n") // whoever reads may have killed us
				telling.Unlock()
			}
		})
	}
	writers.Wait()
}

// TestKill is that everything that was answered is there after the process was
// killed in the middle of its work, and that the world opens.
func TestKill(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv(killsVariable)); err == nil {
		kills = n
	}
	for _, mode := range []string{"second", "always"} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir() + "/" + mode
			answered := 0
			for k := range kills {
				families := killed(t, dir, time.Duration(10+rand.IntN(150))*time.Millisecond)
				r := attach(t, emulator.Options{Dir: dir, Now: time.Now, Speed: 1000})
				for _, family := range families {
					if _, err := r.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &family}); err != nil {
						t.Fatalf("kill %d: %s was answered, and is gone: %v", k, family, err)
					}
				}
				answered += len(families)
				if _, err := r.ecs.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: []string{"demo"}}); err != nil {
					t.Fatal(err)
				}
				if err := r.a.Close(); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d kills, %d answers, none lost", kills, answered)
		})
	}
}

// killed runs a victim, kills it a while after its first answer, and tells what
// it was answered.
func killed(t *testing.T, dir string, after time.Duration) (families []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$") //nolint:gosec // this program itself
	cmd.Env = append(os.Environ(), victimVariable+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		family, ok := strings.CutPrefix(lines.Text(), "answered ")
		if !ok {
			continue
		}
		if families = append(families, family); len(families) == 1 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the victim ended by itself: %v", err)
	}
	return families
}
