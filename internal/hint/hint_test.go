package hint_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"gantry/internal/hint"
)

func TestWrappersKeepTextAndIdentity(t *testing.T) {
	base := &fs.PathError{Op: "open", Path: "task.json", Err: fs.ErrNotExist}
	for name, wrapped := range map[string]error{
		"With":  hint.With(base, "check the path"),
		"Withf": hint.Withf(base, "look in %s", "/tmp"),
		"As":    hint.As(hint.NotFound, base),
		"Exit":  hint.Exit(3, base),
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := wrapped.Error(), base.Error(); got != want {
				t.Errorf("Error() = %q, want %q", got, want)
			}
			if !errors.Is(wrapped, fs.ErrNotExist) {
				t.Error("errors.Is no longer finds the cause")
			}
			var path *fs.PathError
			if !errors.As(wrapped, &path) || path != base {
				t.Error("errors.As no longer finds the cause")
			}
		})
	}
}

func TestNilStaysNil(t *testing.T) {
	for name, err := range map[string]error{
		"With":  hint.With(nil, "next"),
		"Withf": hint.Withf(nil, "next %d", 1),
		"As":    hint.As(hint.Failed, nil),
		"Exit":  hint.Exit(0, nil),
	} {
		if err != nil {
			t.Errorf("%s(nil) = %v, want nil", name, err)
		}
	}
	if got := hint.With(io.EOF, ""); got != io.EOF { //nolint:errorlint // identity is what is tested
		t.Errorf("an empty hint wrapped the error: %#v", got)
	}
}

func TestOf(t *testing.T) {
	inner := hint.With(io.EOF, "inner")
	tests := map[string]struct {
		err  error
		want string
	}{
		"nil":              {nil, ""},
		"plain":            {io.EOF, ""},
		"direct":           {inner, "inner"},
		"formatted":        {hint.Withf(io.EOF, "type %s", "ls"), "type ls"},
		"under fmt":        {fmt.Errorf("reading: %w", inner), "inner"},
		"under kind":       {hint.As(hint.Denied, inner), "inner"},
		"outermost wins":   {hint.With(fmt.Errorf("reading: %w", inner), "outer"), "outer"},
		"joined, second":   {errors.Join(io.ErrClosedPipe, inner), "inner"},
		"joined, first":    {errors.Join(hint.With(io.EOF, "left"), inner), "left"},
		"two %w, in order": {fmt.Errorf("%w and %w", io.EOF, inner), "inner"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hint.Of(tt.err); got != tt.want {
				t.Errorf("Of = %q, want %q", got, tt.want)
			}
		})
	}
}

// The exit codes are a contract with every script that calls the program; this
// table is not to be changed, only added to.
func TestExitCodesOfKinds(t *testing.T) {
	want := map[hint.Kind]int{
		hint.Unexpected:   1,
		hint.Usage:        2,
		hint.Invalid:      2,
		hint.NotFound:     3,
		hint.Denied:       4,
		hint.Differences:  5,
		hint.CannotFinish: 6,
		hint.Failed:       7,
		hint.RolledBack:   8,
		hint.Superseded:   9,
		hint.TimedOut:     10,
		hint.Stale:        11,
		hint.Conflict:     11,
		hint.Paused:       12,
		hint.Throttled:    13,
		hint.NeverStarted: 14,
		hint.Interrupted:  130,
		hint.Terminated:   143,
		hint.Kind(9999):   1,
		hint.Kind(-1):     1,
	}
	for kind, code := range want {
		if got := kind.ExitCode(); got != code {
			t.Errorf("%s (%d): exit code %d, want %d", kind, int(kind), got, code)
		}
		if got := hint.ExitCode(hint.As(kind, io.EOF)); got != code {
			t.Errorf("%s (%d) as an error: exit code %d, want %d", kind, int(kind), got, code)
		}
	}
	for kind := hint.Unexpected; kind <= hint.Terminated; kind++ {
		if _, listed := want[kind]; !listed {
			t.Errorf("%s has no line in this table", kind)
		}
		if kind != hint.Unexpected && kind.String() == hint.Unexpected.String() {
			t.Errorf("kind %d has no name", int(kind))
		}
	}
}

func TestKindOf(t *testing.T) {
	throttled := hint.As(hint.Throttled, io.EOF)
	tests := map[string]struct {
		err  error
		want hint.Kind
	}{
		"nil":            {nil, hint.Unexpected},
		"plain":          {io.EOF, hint.Unexpected},
		"direct":         {throttled, hint.Throttled},
		"under hint":     {hint.With(throttled, "wait"), hint.Throttled},
		"under fmt":      {fmt.Errorf("listing: %w", throttled), hint.Throttled},
		"outermost wins": {hint.As(hint.TimedOut, throttled), hint.TimedOut},
		"joined":         {errors.Join(io.ErrClosedPipe, throttled), hint.Throttled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hint.KindOf(tt.err); got != tt.want {
				t.Errorf("KindOf = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestExitCode(t *testing.T) {
	tests := map[string]struct {
		err  error
		want int
	}{
		"nil":                    {nil, 0},
		"plain":                  {io.EOF, 1},
		"container's own":        {hint.Exit(42, io.EOF), 42},
		"container's own, bare":  {hint.Exit(42, nil), 42},
		"container's own zero":   {hint.Exit(0, io.EOF), 0},
		"exit outside kind":      {hint.Exit(137, hint.As(hint.Failed, io.EOF)), 137},
		"kind outside exit":      {hint.As(hint.Failed, hint.Exit(137, io.EOF)), 7},
		"under fmt and a hint":   {hint.With(fmt.Errorf("run: %w", hint.Exit(9, nil)), "x"), 9},
		"too big for a process":  {hint.Exit(256, nil), 1},
		"a Windows status":       {hint.Exit(0xC0000005, nil), 1},
		"too small for a parent": {hint.Exit(-1, nil), 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hint.ExitCode(tt.err); got != tt.want {
				t.Errorf("ExitCode = %d, want %d", got, tt.want)
			}
		})
	}
	if got, want := hint.Exit(42, nil).Error(), "exited with code 42"; got != want {
		t.Errorf("Exit(42, nil).Error() = %q, want %q", got, want)
	}
}
