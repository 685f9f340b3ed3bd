package cmd_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// serve starts "gantry emulator serve" on a free port with more arguments and
// sets $ENDPOINT and $HOSTPORT to where it listens.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: serve [argument …]")
	}
	server := exec.Command(program(ts, "gantry"), append([]string{"emulator", "serve", "--listen", "127.0.0.1:0"}, args...)...)
	for _, name := range []string{"HOME", "GANTRY_HOME", "PATH", "LC_ALL"} {
		server.Env = append(server.Env, name+"="+ts.Getenv(name))
	}
	server.Dir = ts.MkAbs(".")
	talk, err := server.StderrPipe()
	ts.Check(err)
	ts.Check(server.Start())
	ts.Defer(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	})
	lines := bufio.NewScanner(talk)
	for lines.Scan() {
		if m := regexp.MustCompile(`at (https?://([0-9.]+:[0-9]+)) `).FindStringSubmatch(lines.Text()); m != nil {
			ts.Setenv("HOSTPORT", m[2])
			ts.Setenv("ENDPOINT", m[1])
			go func() { // keep the pipe empty, so that the server never waits for a reader
				for lines.Scan() {
				}
			}()
			return
		}
		ts.Logf("%s", lines.Text())
	}
	ts.Fatalf("gantry emulator serve does not say where it listens")
}

// program finds a program as the story would.
func program(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	ts.Fatalf("%s is not in the story's PATH", name)
	return ""
}

// eventually runs a program until its output matches: eventually REGEXP program …
// A story that waits for another process would be a race otherwise.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually REGEXP program [argument …]")
	}
	want := regexp.MustCompile(args[0])
	for range 200 {
		if err := ts.Exec(args[1], args[2:]...); err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("no match for %q in time; the last output was:\n%s", args[0], ts.ReadFile("stdout"))
}
