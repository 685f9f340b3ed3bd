package cmd_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gantry/cmd"
	"gantry/image"
)

// TestMain lets the test binary be the program itself, so that stories run the
// real thing as processes of their own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"gantry": func() {
			code := cmd.Main(cmd.Process{
				Args: os.Args[1:], Env: os.LookupEnv, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Version: "test",
			})
			os.Exit(code) //nolint:forbidigo // here the test binary is the program
		},
	})
}

// TestScript runs every story in testdata/script. Each has a world of its own,
// no network setting and no AWS setting but one that would break if it were read.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GANTRY_HOME", filepath.Join(e.WorkDir, "gantry"))
			e.Setenv("LC_ALL", "C.UTF-8")
			// A program built with -race waits a second before it ends, unless told not to.
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			e.Setenv("AWS_PROFILE", "no-such-profile")
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			clients, err := filepath.Abs("testdata/clients")
			e.Setenv("CLIENTS", clients)
			return err
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":       exitCode,
			"sample":     sampleImage,
			"cut":        cutFile,
			"poison":     poisonFile,
			"fill":       fillFile,
			"moto":       motoServer,
			"serve":      serve,
			"eventually": eventually,
			"capture":    capture,
		},
	})
}

// exitCode runs a program and wants one exit code: code 3 gantry …
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program [argument …]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// sampleImage writes a real small image as an OCI layout: sample FOLDER VERSION.
func sampleImage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sample FOLDER VERSION")
	}
	img, err := image.Sample(args[1])
	ts.Check(err)
	defer img.Close()
	ts.Check(img.WriteLayout(ts.MkAbs(args[0])))
}

// fillFile writes a valid task definition of at least so many bytes: fill FILE N.
func fillFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill FILE BYTES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := fmt.Sprintf(`{"family": "web", "containerDefinitions": [{"name": "web", "image": "nginx", "memory": 128, "command": [%q]}]}`, strings.Repeat("a", n))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// capture keeps a part of the last standard output: capture NAME REGEXP, where the
// expression has one group.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("no match for %q in:\n%s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], m[1])
}

// cutFile cuts a file to half its length.
func cutFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: cut FILE")
	}
	name := ts.MkAbs(args[0])
	info, err := os.Stat(name)
	ts.Check(err)
	ts.Check(os.Truncate(name, info.Size()/2))
	fmt.Fprintf(ts.Stdout(), "cut to %d bytes\n", info.Size()/2)
}
