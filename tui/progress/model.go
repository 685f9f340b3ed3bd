package progress

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"gantry/report"
	"gantry/workflow"
)

const (
	tickEvery = time.Second / 8
	// quietFirst keeps a command that is over at once from flashing a block.
	quietFirst = 200 * time.Millisecond
)

// eventsMsg is what happened since the last one.
type eventsMsg struct {
	at     time.Time
	events []workflow.Event
}

// tickMsg is the clock going on.
type tickMsg struct{ at time.Time }

// finishMsg asks for the last picture.
type finishMsg struct{}

// root fits the model to Bubble Tea: it knows the size of the terminal and arms
// the one timer.
type root struct {
	model         model
	clock         func() time.Time
	width, height int
}

func newRoot(lines report.Lines, clock func() time.Time) root {
	return root{model: newModel(look{style: lines.Style, ascii: lines.ASCII}, clock()), clock: clock, width: 80, height: 24}
}

// Init starts the timer.
func (r root) Init() tea.Cmd { return r.tick() }

func (r root) tick() tea.Cmd {
	clock := r.clock
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{at: clock()} })
}

// Update passes messages on.
func (r root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if msg.Width > 0 && msg.Height > 0 {
			r.width, r.height = msg.Width, msg.Height
		}
	case tickMsg:
		r.model = r.model.Update(msg)
		return r, r.tick()
	case finishMsg:
		r.model = r.model.Update(msg)
		return r, tea.Quit
	default:
		r.model = r.model.Update(msg)
	}
	return r, nil
}

// View is the block where it stands. There is nothing to paste into.
func (r root) View() tea.View {
	v := tea.NewView(r.model.View(r.width, r.height))
	v.DisableBracketedPasteMode = true
	return v
}

// model is what the block shows.
type model struct {
	look     look
	now      time.Time
	frame    int // of the spinner
	started  time.Time
	step     string // what is being done, when nothing more is known
	stepAt   time.Time
	push     push
	rollouts []rollout // in the order in which they began
	finished bool
}

func newModel(l look, now time.Time) model {
	return model{look: l, now: now, started: now, stepAt: now}
}

// Update is the model after a message.
func (m model) Update(msg tea.Msg) model {
	switch msg := msg.(type) {
	case tickMsg:
		m.now = msg.at
		m.frame++
	case eventsMsg:
		m.now = msg.at
		for _, e := range msg.events {
			m = m.apply(e)
		}
	case finishMsg:
		m.finished = true
	}
	return m
}

func (m model) apply(e workflow.Event) model {
	switch e := e.(type) {
	case workflow.StepEvent:
		m.step, m.stepAt = e.Text, m.now
		m.push = push{}
		m.rollouts = slices.DeleteFunc(slices.Clone(m.rollouts), func(r rollout) bool { return r.ended() })
	case workflow.PushEvent:
		m.push = m.push.apply(e.Progress, m.now)
	case workflow.DeploymentStarted:
		name := string(e.Service.Name)
		m.rollouts = slices.DeleteFunc(slices.Clone(m.rollouts), func(r rollout) bool { return r.name == name })
		m = m.with(name, true, func(r *rollout) { r.begin(e, m.now) })
	case workflow.ProgressEvent:
		m = m.with(string(e.Service.Name), true, func(r *rollout) { r.update(e.Service, m.now) })
	case workflow.HeartbeatEvent:
		m = m.with(string(e.Service.Name), true, func(r *rollout) { r.update(e.Service, m.now) })
	case workflow.ServiceEventEvent:
		m = m.with(string(e.Service), true, func(r *rollout) { r.event, r.eventAt = report.ShortEvent(e.Event.Message), m.now })
	case workflow.TaskEvent:
		name, owned := strings.CutPrefix(e.Task.Group, "service:")
		m = m.with(name, owned, func(r *rollout) { r.task(e.Task, m.now) })
	}
	return m
}

// with changes the rollout of that name, which begins now if it is new.
func (m model) with(name string, owned bool, change func(*rollout)) model {
	m.rollouts = slices.Clone(m.rollouts)
	i := slices.IndexFunc(m.rollouts, func(r rollout) bool { return r.name == name && r.owned == owned })
	if i < 0 {
		i = len(m.rollouts)
		m.rollouts = append(m.rollouts, rollout{name: name, owned: owned, startedAt: m.now})
	}
	r := &m.rollouts[i]
	r.tasks = slices.Clone(r.tasks)
	change(r)
	return m
}

// View is the block for a terminal of that size: no line is wider, and there are
// fewer lines than the terminal has.
func (m model) View(width, height int) string {
	width = max(1, width-1) // a full last column wraps on some terminals
	var rows []row
	if m.finished {
		for _, r := range m.rollouts {
			rows = append(rows, r.last(m.look, width, m.now)...)
		}
		rows = keep(rows, blockRows(height), m.look, width)
		if len(rows) == 0 {
			return ""
		}
		return join(rows, m.look, width) + "\n"
	}
	if m.push.any() {
		rows = append(rows, m.push.rows(m.look, width, m.spinner(), m.now)...)
	}
	for _, r := range m.rollouts {
		rows = append(rows, r.rows(m.look, width, m.spinner(), m.now)...)
	}
	if len(rows) == 0 {
		if m.step == "" && m.now.Sub(m.started) < quietFirst {
			return ""
		}
		rows = append(rows, row{text: m.look.heading(m.spinner(), m.words(), "", clockText(m.now.Sub(m.stepAt)), width)})
	}
	return join(keep(rows, blockRows(height), m.look, width), m.look, width)
}

func (m model) words() string {
	if m.step == "" {
		return "working"
	}
	return m.step
}

func (m model) spinner() string { return m.look.spinner(m.frame) }
