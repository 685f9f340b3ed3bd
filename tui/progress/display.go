package progress

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"gantry/report"
	"gantry/workflow"
)

const (
	framesPerSecond = 20
	// batchEvery is the shortest time between two updates of the block, however
	// fast events come.
	batchEvery = time.Second / framesPerSecond
	// patience is how long Close waits for a terminal that takes no output, as
	// one does that was stopped with Ctrl-S.
	patience = 5 * time.Second
)

// Display is the live progress of one command. Its methods may be called from
// any goroutine.
type Display struct {
	lines   report.Lines
	clock   func() time.Time
	program *tea.Program
	size    atomic.Pointer[tea.WindowSizeMsg]

	end    context.CancelFunc // asks for the end of the block
	wake   chan struct{}      // holds one token while the queue may have events
	drawn  chan struct{}      // closed when the first frame is on the terminal
	exited chan struct{}      // closed when the program has given the terminal back
	done   chan struct{}      // closed when nothing of the display runs any more

	mu    sync.Mutex
	queue []workflow.Event
	plain bool // events are written as lines at once: there is no block (any more)
}

// Start begins to show progress on w until Close is called or ctx ends; events
// that come later are written as plain lines. When w is no terminal, all of them
// are.
func Start(ctx context.Context, w io.Writer, lines report.Lines) *Display {
	f, ok := w.(terminal)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return newDisplay(w, lines, time.Now)
	}
	return start(ctx, w, lines, time.Now)
}

func newDisplay(w io.Writer, lines report.Lines, clock func() time.Time) *Display {
	lines.W = w
	d := &Display{
		lines: lines, clock: clock, plain: true, end: func() {},
		wake: make(chan struct{}, 1), drawn: make(chan struct{}),
		exited: make(chan struct{}), done: make(chan struct{}),
	}
	close(d.done)
	return d
}

// start shows the block whatever w is; options come after the display's own.
func start(ctx context.Context, w io.Writer, lines report.Lines, clock func() time.Time, options ...tea.ProgramOption) *Display {
	d := newDisplay(w, lines, clock)
	d.plain, d.done = false, make(chan struct{})
	ctx, d.end = context.WithCancel(ctx)

	// The style decides about colour; the profile only keeps Bubble Tea from
	// deciding again by the environment.
	profile := colorprofile.ASCII
	if lines.Style.Color {
		profile = colorprofile.ANSI
	}
	options = append([]tea.ProgramOption{
		tea.WithInput(nil),
		tea.WithOutput(watched(w, sync.OnceFunc(func() { close(d.drawn) }))),
		tea.WithoutSignalHandler(),
		tea.WithFPS(framesPerSecond),
		tea.WithColorProfile(profile),
		tea.WithFilter(d.rememberSize),
	}, options...)
	d.program = tea.NewProgram(newRoot(lines, clock), options...)
	go func() {
		defer d.end()
		defer close(d.exited)
		// Whether the program could draw or not: what it did not show is written
		// as lines.
		_, _ = d.program.Run()
	}()
	go d.feed(ctx)
	return d
}

func (d *Display) rememberSize(_ tea.Model, msg tea.Msg) tea.Msg {
	if size, ok := msg.(tea.WindowSizeMsg); ok {
		d.size.Store(&size)
	}
	return msg
}

// Event shows one event. It does not wait for the terminal.
func (d *Display) Event(e workflow.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.plain {
		d.write(e)
		return
	}
	d.queue = append(d.queue, e)
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// write writes an event as lines; the caller holds mu.
func (d *Display) write(e workflow.Event) {
	if d.program != nil && !scrolls(e) {
		return // a number of the block that is gone
	}
	d.lines.Event(e)
}

// Close leaves the last state of the rollouts where the block was and gives the
// terminal back. It may be called more than once.
func (d *Display) Close() {
	d.end()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-d.done:
	case <-timeout.C:
	}
}

// feed hands events from the queue to the program, in their order and not
// faster than a person can see. It is the only one that sends, so lines keep
// their order and a slow terminal slows nobody but feed.
func (d *Display) feed(ctx context.Context) {
	defer close(d.done)
	pause := time.NewTicker(batchEvery)
	defer pause.Stop()
	for ctx.Err() == nil {
		select {
		case <-d.wake:
			d.pass()
		case <-ctx.Done():
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
	}
	d.pass()
	d.program.Send(finishMsg{})
	<-d.exited

	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.queue {
		d.write(e)
	}
	d.queue, d.plain = nil, true
}

// pass hands what is in the queue to the program: the events to the block, their
// words to the lines above it.
func (d *Display) pass() {
	// Before its first frame the program does not know how tall its block is,
	// and a line above it would go astray.
	select {
	case <-d.drawn:
	case <-d.exited:
		return // the queue is written as lines
	}
	d.mu.Lock()
	events := d.queue
	d.queue = nil
	d.mu.Unlock()
	var text []string
	for _, e := range events {
		if said, ok := e.(workflow.ServiceEventEvent); ok {
			said.Event.Message = report.ShortEvent(said.Event.Message) // a list of ids would fill the screen
			e = said
		}
		if scrolls(e) {
			text = append(text, d.lines.Describe(e)...)
		}
	}
	d.program.Send(eventsMsg{at: d.clock(), events: events})
	size := tea.WindowSizeMsg{Width: 80, Height: 24}
	if known := d.size.Load(); known != nil {
		size = *known
	}
	for _, piece := range pieces(text, size.Width, linesAtOnce(size.Height)) {
		d.program.Send(tea.Println(piece)())
	}
}

// scrolls reports whether an event is told in lines above the block; the others
// only move the block's numbers.
func scrolls(e workflow.Event) bool {
	switch e.(type) {
	case workflow.ProgressEvent, workflow.HeartbeatEvent, workflow.TaskEvent:
		return false
	}
	return true
}
