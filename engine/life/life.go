package life

import (
	"time"

	"gantry/ecs"
)

// How long the parts of a task's life take that no fate speaks of.
const (
	createENI     = 1500 * time.Millisecond // an awsvpc task's network interface on EC2: it is there,
	attachingENI  = 2500 * time.Millisecond // goes to the container instance,
	attachENI     = 4 * time.Second         // and is attached
	attachFargate = 9 * time.Second         // a Fargate task's capacity and interface
	agentTurn     = 200 * time.Millisecond  // the agent hears of a task, or of its stop
	detachENI     = time.Second
	deleteENI     = 2 * time.Second
)

// How long a container's agent waits between SIGTERM and SIGKILL, and the most
// that Fargate does (ECS semantics 4.14).
const (
	defaultStop    = 30 * time.Second
	fargateMaxStop = 120 * time.Second
)

// Task is what a life needs to know of the task that lives.
type Task interface {
	Draw(salt string) uint64 // a number derived for it
	ARN() ecs.ARN
}

// phase is what comes next for a task itself, rather than for a container.
type phase uint8

const (
	interfaceCreated phase = iota
	interfaceAttaching
	interfaceAttached
	agentAsks // for the images
	taskFails // before that
	living    // nothing: it is up to the containers
	agentStops
	winding // nothing: it is up to the containers to stop
	interfaceDetached
	gone
	over // nothing any more
)

// Life is one task on its way from step to step. Times are since its start.
type Life struct {
	plan       *Plan
	task       Task
	begin      time.Time
	now        time.Duration // of the last step
	due        time.Duration // of the next step
	phaseAt    time.Duration // of what comes next for the task itself
	which      int           // container of the next step, or -1 for the task itself
	phase      phase
	fargate    bool
	running    bool // it was RUNNING
	ending     bool // it ends, by itself or because it was told to
	unpulled   int  // containers whose image pull is not over
	health     ecs.HealthStatus
	failed     string // why it fails before its images are pulled
	images     []Image
	one        [1]container
	containers []container
}

// Begin is the life of a task that is started now. A life that nobody needs any
// more may lend its room; nil is none.
func (p *Plan) Begin(room *Life, t Task, at time.Time, fargate bool) *Life {
	l := room
	if l == nil {
		l = new(Life)
	}
	*l = Life{plan: p, task: t, begin: at, fargate: fargate, health: ecs.HealthUnknown, phase: agentAsks, phaseAt: agentTurn}
	if len(p.containers) <= len(l.one) {
		l.containers = l.one[:len(p.containers)]
	} else {
		l.containers = make([]container, len(p.containers))
	}
	for i := range l.containers {
		l.containers[i] = container{due: never, exit: never}
	}
	if p.network {
		l.phase, l.phaseAt = interfaceCreated, l.attaching(createENI)
	}
	l.foresee()
	return l
}

// attaching scales a time of the way to an attached interface to Fargate.
func (l *Life) attaching(d time.Duration) time.Duration {
	if l.fargate {
		return d * (attachFargate / time.Millisecond) / (attachENI / time.Millisecond)
	}
	return d
}

// Next is when the next step comes; ok is false when none comes by itself.
func (l *Life) Next() (at time.Time, ok bool) {
	if l.due == never {
		return time.Time{}, false
	}
	return l.begin.Add(l.due), true
}

// Repeats reports whether the next step is one of a row that never ends. The end
// of a task is none.
func (l *Life) Repeats() bool {
	return !l.ending && l.which >= 0 && l.containers[l.which].repeats()
}

// Take does the next step and says what it was.
func (l *Life) Take(x *Step) {
	l.now = l.due
	x.clear(l.begin.Add(l.now))
	if l.which < 0 {
		l.proceed(x)
	} else {
		l.happen(l.which, x)
	}
	l.follow(x)
	l.foresee()
}

// foresee finds the next step: what is due first, and of the same moment the
// containers in their order before the task. What nobody heard of while the task
// was told something is due now.
func (l *Life) foresee() {
	l.due, l.which = l.phaseAt, -1
	for i := range l.containers {
		if at := l.containers[i].next(); at < l.due || at == l.due && l.which < 0 && at != never {
			l.due, l.which = at, i
		}
	}
	l.due = max(l.due, l.now)
}

// proceed is what comes next for the task itself.
func (l *Life) proceed(x *Step) {
	at := l.now
	switch l.phase {
	case interfaceCreated:
		x.Attachment = ecs.AttachmentCreated
		l.phase, l.phaseAt = interfaceAttaching, l.attaching(attachingENI)
		if i := l.failsAt(ofInterface); i >= 0 {
			x.Attachment = ecs.AttachmentFailedCreation
			l.fail(x, l.plan.containers[i].words())
		}
	case interfaceAttaching:
		x.Attachment = ecs.AttachmentAttaching
		l.phase, l.phaseAt = interfaceAttached, l.attaching(attachENI)
	case interfaceAttached:
		x.Attachment, x.Status = ecs.AttachmentAttached, ecs.TaskPending
		l.phase, l.phaseAt = agentAsks, at+agentTurn
	case agentAsks:
		l.ask(x)
	case taskFails:
		l.fail(x, l.failed)
	case agentStops:
		l.agentStops(x)
	case interfaceDetached:
		x.Attachment = ecs.AttachmentDetached
		l.phase, l.phaseAt = gone, at+deleteENI-detachENI
	case gone:
		x.Status = ecs.TaskStopped
		l.phase, l.phaseAt = over, never
	}
}

// failsAt is the first container whose fate is a failure of that stage, or -1.
func (l *Life) failsAt(s stage) int {
	for i := range l.containers {
		if p := &l.plan.containers[i]; p.failing.stage == s && l.bad(p) {
			return i
		}
	}
	return -1
}

// ask is the agent's turn: it asks for the images, unless what the task needs
// before that fails.
func (l *Life) ask(x *Step) {
	l.unpulled = len(l.containers)
	l.phase, l.phaseAt = living, never
	if i := l.failsAt(ofTask); i >= 0 {
		p := &l.plan.containers[i]
		l.failed = p.words()
		l.phase, l.phaseAt = taskFails, l.now+l.pullSpan(p)
		return
	}
	x.Pull, x.PullStarted = true, true
	for i := range l.containers {
		p, c := &l.plan.containers[i], &l.containers[i]
		c.bad = l.bad(p)
		c.state, c.due = pulling, l.now+l.pullSpan(p)
	}
}

// Pulled says what comes of the images, one for each container in its order. It
// answers the step that asks for them.
func (l *Life) Pulled(images []Image) {
	l.images = images
}

// draw is a number from 0 up to 1 for this task.
func (l *Life) draw(salt string) float64 {
	return float64(l.task.Draw(salt)>>11) / (1 << 53)
}

// bad reports whether what may go wrong with the container does.
func (l *Life) bad(p *planned) bool {
	return p.fate.Chance == 0 || p.fate.Chance == 1 || l.draw(p.salts.chance) < p.fate.Chance
}

// span is a time that a fate sets, or one drawn between two bounds.
func (l *Life) span(set time.Duration, salt string, least, most time.Duration) time.Duration {
	if set > 0 {
		return set
	}
	return (least + time.Duration(l.draw(salt)*float64(most-least))).Truncate(time.Millisecond)
}

// pullSpan is how long a container's image pull takes, or until it is given up
// (ECS semantics 5.8).
func (l *Life) pullSpan(p *planned) time.Duration {
	return min(pullTimeout, l.span(p.fate.Pull, p.salts.pull, 4*time.Second, 7*time.Second))
}

// startTime is how long the start takes, or until it has failed.
func (l *Life) startTime(p *planned, bad bool) time.Duration {
	if p.failing.stage == ofStart && p.failing.after > 0 && bad {
		return p.failing.after
	}
	return l.startSpan(p)
}

func (l *Life) startSpan(p *planned) time.Duration {
	return l.span(p.fate.Start, p.salts.start, 500*time.Millisecond, 1500*time.Millisecond)
}
