package emulator_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantry/emulator"
)

// restoreVictim names the folder of the worlds for the process that is killed.
const restoreVictim = "GANTRY_TEST_RESTORE_VICTIM"

// two makes two worlds that are paused, with an image each, and returns their
// snapshots and what is to be seen in them.
func two(t *testing.T, dir string) (files, seen []string) {
	t.Helper()
	for _, after := range []time.Duration{time.Minute, time.Hour} {
		r := begun(t, emulator.Options{Dir: dir, World: after.String()})
		r.pushed("team/"+after.String(), "v1")
		r.nowIn("any", "eu-west-1") // opens the realm
		r.step(after)
		files, seen = append(files, r.snapshot()), append(seen, r.whole())
		if err := r.a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return files, seen
}

// whole is everything, with the images and the time in another Region.
func (r *rig) whole() string {
	r.t.Helper()
	_, _, images := r.call("POST", "/", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", "{}")
	return r.everything() + images + r.nowIn("any", "eu-west-1").String()
}

// TestRestoreVictim is the process that TestKilledRestore kills: it restores one
// world after the other.
func TestRestoreVictim(t *testing.T) {
	dir := os.Getenv(restoreVictim)
	if dir == "" {
		t.Skip("it is run by TestKilledRestore")
	}
	r := attach(t, emulator.Options{Dir: dir, Now: time.Now})
	for n := 0; ; n++ {
		file, err := os.ReadFile(filepath.Join(dir, []string{"a", "b"}[n%2]+".tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		r.restore(string(file))
		_, _ = os.Stdout.WriteString("restored\n") // whoever reads may have killed us
	}
}

// TestKilledRestore is that a process that is killed while it restores a world
// leaves the old one or the new one, whole.
func TestKilledRestore(t *testing.T) {
	dir := t.TempDir()
	files, seen := two(t, dir)
	for i, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name+".tar.gz"), []byte(files[i]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRestoreVictim$") //nolint:gosec // this program itself
		cmd.Env = append(os.Environ(), restoreVictim+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, told := bufio.NewScanner(out), false
		for lines.Scan() {
			if lines.Text() == "restored" && !told {
				told = true
				time.AfterFunc(time.Duration(rand.IntN(120))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			}
		}
		if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the victim ended by itself: %v", err)
		}
		r := attach(t, emulator.Options{Dir: dir, Now: time.Now})
		if got := r.whole(); got != seen[0] && got != seen[1] {
			t.Fatalf("the world is neither the one nor the other:\n%s", got)
		}
		noLeftovers(t, filepath.Join(dir, "default"))
		if err := r.a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRestoreGoesOn is that whoever opens a world completes a restore, at whatever
// step it was ended; before the first one the old world stays.
func TestRestoreGoesOn(t *testing.T) {
	const unpacked, restored, replaced = "unpacked-1", "restored", "replaced"
	steps := []func(dir string) error{
		func(dir string) error { return os.Rename(filepath.Join(dir, unpacked), filepath.Join(dir, restored)) },
		func(dir string) error { return os.Mkdir(filepath.Join(dir, replaced), 0o700) },
		move("blobs", replaced), take("blobs"), move("realms", replaced), take("realms"), take("world.db"),
	}
	for ended := range len(steps) + 1 {
		dir := t.TempDir()
		_, seen := two(t, dir)
		world := filepath.Join(dir, time.Minute.String())
		if err := os.Rename(filepath.Join(dir, time.Hour.String()), filepath.Join(world, unpacked)); err != nil {
			t.Fatal(err)
		}
		for _, step := range steps[:ended] {
			if err := step(world); err != nil {
				t.Fatal(err)
			}
		}
		want := seen[1]
		if ended == 0 {
			want = seen[0]
		}
		r := attach(t, emulator.Options{Dir: dir, World: time.Minute.String(), Now: time.Now})
		if got := r.whole(); got != want {
			t.Errorf("ended after %d steps, the world is another one\nwant %s\ngot %s", ended, want, got)
		}
		noLeftovers(t, world)
	}
}

func move(part, to string) func(string) error {
	return func(dir string) error { return os.Rename(filepath.Join(dir, part), filepath.Join(dir, to, part)) }
}

func take(part string) func(string) error {
	return func(dir string) error {
		return os.Rename(filepath.Join(dir, "restored", part), filepath.Join(dir, part))
	}
}
