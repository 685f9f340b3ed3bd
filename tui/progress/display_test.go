package progress

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"gantry/ecs"
	"gantry/report"
	"gantry/workflow"
)

// screen is a display on a buffer that stands for a terminal of 80x24.
func screen(ctx context.Context, w io.Writer, style report.Style) *Display {
	return start(ctx, w, report.Lines{Printer: report.Printer{Style: style}}, time.Now, tea.WithWindowSize(80, 24))
}

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
)

func TestDisplayKeepsLinesAndLastState(t *testing.T) {
	var out bytes.Buffer
	d := screen(t.Context(), &out, report.Style{})
	var all sync.WaitGroup
	d.Event(workflow.StepEvent{Text: "updating service web"})
	for i := range 4 {
		all.Go(func() {
			for j := range 25 {
				d.Event(workflow.Notice{Text: fmt.Sprintf("line %d of %d.", j, i)})
			}
		})
	}
	all.Wait()
	d.Event(workflow.ProgressEvent{Service: service(deployment("ecs-svc/2", ecs.DeploymentPrimary, 2, 10, 0, 0, ecs.RolloutCompleted))})
	d.Close()
	d.Close()

	text := out.String()
	for i := range 4 {
		at := 0
		for j := range 25 {
			next := strings.Index(text[at:], fmt.Sprintf("line %d of %d.", j, i))
			if next < 0 {
				t.Fatalf("line %d of %d is lost or not in its place", j, i)
			}
			at += next
		}
	}
	for _, want := range []string{"updating service web", "service web", "10/10 running", "COMPLETED"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.LastIndex(text, showCursor) < strings.LastIndex(text, hideCursor) {
		t.Errorf("the cursor stays hidden: %q", text[max(0, len(text)-200):])
	}
	if colour := regexp.MustCompile(`\x1b\[[0-9;]+m`).FindString(text); colour != "" {
		t.Errorf("has %q without colour", colour)
	}
	if strings.Contains(text, "\x1b[?2004") || strings.Contains(text, "\x1b[?1049") || strings.Contains(text, "$p") {
		t.Error("asks the terminal for something, or takes the whole screen")
	}
}

func TestDisplayClosedAtOnce(t *testing.T) {
	for range 20 {
		var out bytes.Buffer
		d := screen(t.Context(), &out, report.Style{Color: true})
		d.Close()
		if text := ansi.Strip(out.String()); strings.TrimSpace(text) != "" {
			t.Fatalf("drew %q", text)
		}
	}
}

func TestDisplayAgainAndAgain(t *testing.T) {
	var out bytes.Buffer
	for i := range 5 {
		d := screen(t.Context(), &out, report.Style{Color: true})
		d.Event(workflow.Notice{Text: fmt.Sprintf("command %d", i)})
		d.Close()
		d.Event(workflow.Notice{Text: fmt.Sprintf("after %d", i)})
		d.Event(workflow.ProgressEvent{Service: service(deployment("x", ecs.DeploymentPrimary, 1, 1, 0, 0, ""))})
	}
	for i := range 5 {
		if !strings.Contains(out.String(), fmt.Sprintf("command %d", i)) || !strings.Contains(out.String(), fmt.Sprintf("after %d\n", i)) {
			t.Errorf("command %d is lost", i)
		}
	}
	if strings.Contains(out.String(), "running") {
		t.Error("a number of the block came after the block")
	}
}

func TestDisplayEndsWithItsContext(t *testing.T) {
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	d := screen(ctx, &out, report.Style{})
	d.Event(workflow.Notice{Text: "before"})
	cancel()
	<-d.done
	if text := out.String(); !strings.Contains(text, "before") || strings.LastIndex(text, showCursor) < strings.LastIndex(text, hideCursor) {
		t.Errorf("left %q", text)
	}
	d.Event(workflow.Notice{Text: "the deployment goes on"})
	d.Close()
	if !strings.HasSuffix(out.String(), "the deployment goes on\n") {
		t.Errorf("left %q", out.String())
	}
}

func TestDisplayOfAFailingProgram(t *testing.T) {
	var out bytes.Buffer
	over, cancel := context.WithCancel(t.Context())
	cancel()
	d := start(t.Context(), &out, report.Lines{}, time.Now, tea.WithContext(over))
	d.Event(workflow.Notice{Text: "told anyway"})
	d.Close()
	if !strings.Contains(out.String(), "told anyway") {
		t.Errorf("left %q", out.String())
	}
}

func TestNoTerminal(t *testing.T) {
	var out bytes.Buffer
	d := Start(t.Context(), &out, report.Lines{Clock: func() time.Time { return began }})
	d.Event(workflow.StepEvent{Text: "creating service web"})
	d.Event(workflow.ProgressEvent{Service: service(deployment("x", ecs.DeploymentPrimary, 1, 1, 9, 0, ecs.RolloutInProgress))})
	d.Close()
	d.Close()
	d.Event(workflow.Notice{Text: "late"})
	want := "12:00:00  creating service web\n" +
		"12:00:00  web  1/10 running, 9 pending | primary web:1 1 running + 9 pending, IN_PROGRESS\n" +
		"12:00:00  note  late\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
