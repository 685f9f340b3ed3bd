package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/emulator"
	"gantry/internal/hint"
	"gantry/report"
	"gantry/workflow"
)

type demoOptions struct {
	f     *Factory
	dir   string
	speed string
}

func newDemoCmd(f *Factory, run func(context.Context, *demoOptions) error) *cobra.Command {
	o := &demoOptions{f: f}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Watch the whole workflow happen, offline, in under a minute",
		Long: `Run the whole ECS workflow in a fresh temporary world of the built-in emulator:
push an image, register a task definition, create a cluster with container
instances and a service of 10, scale it to 15, update it fast and without
losing capacity (100/200), update it in the least space (50/100), and deploy a
broken revision, which the circuit breaker rolls back. Each step prints the
command line that does it by hand. It needs no AWS account, no credentials, no
network and no Docker, and leaves nothing behind.`,
		Example: "  gantry demo\n  gantry demo --dir gantry-demo   # keep the files to do it by hand",
		Args:    arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkSpeed(o.speed); err != nil {
				return err
			}
			if o.speed == "max" {
				return hint.As(hint.Usage, errors.New("--speed max leaves nothing to watch: give the demo a number"))
			}
			if run == nil {
				run = demoRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.dir, "dir", "", "write the demo's image and definitions into this folder and keep them")
	c.Flags().StringVar(&o.speed, "speed", "15", "how many times faster than real time the world's clock runs")
	return c
}

// demo is one run: the world, what was seen of it, and where the files are.
type demo struct {
	*demoOptions
	files   demoFiles
	client  *awsapi.Client
	watched *witness
	step    int
	began   time.Time
	after   []func() // what a step has to print once its display is closed
}

func demoRun(ctx context.Context, o *demoOptions) error {
	if o.f.global.endpointURL != "" || o.f.global.profile != "" || o.f.global.region != "" {
		return hint.As(hint.Usage, hint.With(errors.New("the demo runs in a world of its own, never on AWS"),
			"leave --profile, --region and --endpoint-url out"))
	}
	// The commands that the demo prints are for the world that --local means.
	o.f.global.local, o.f.global.cluster, o.f.global.noWait = true, demoCluster, false
	files, err := writeDemoFiles(o.dir)
	if err != nil {
		return err
	}
	o.f.closers = append(o.f.closers, files.remove)
	world, err := emulator.Attach(ctx, emulator.Options{World: "demo", Ephemeral: true, Now: time.Now})
	if err != nil {
		return err
	}
	o.f.closers = append(o.f.closers, world.Close)
	client, err := awsapi.New(ctx, awsapi.Options{Transport: world.RoundTripper(), Version: o.f.version, CommandPrefix: o.f.prefix()})
	if err != nil {
		return err
	}
	if _, err := client.SetClock(ctx, o.speed); err != nil {
		return err
	}
	d := &demo{demoOptions: o, files: files, client: client, watched: newWitness(), began: time.Now()}
	d.introduce()
	for _, step := range d.steps() {
		if err := d.run(ctx, step); err != nil {
			return err
		}
	}
	return d.summarise(ctx)
}

// demoStep is one thing that the demo does, with the command line for it.
type demoStep struct {
	title   string
	command string
	do      func(context.Context, *workflow.Session) error
}

func (d *demo) introduce() {
	p := d.f.talker()
	p.Line("%s", p.Style.Bold("gantry demo: the Amazon ECS workflow on the built-in emulator"))
	p.Line("A fresh temporary world, its clock at %s times real time. No account, no network, no Docker.", d.speed)
	p.Line("Each step shows the command that does it by hand; --local keeps a world of yours on this machine.")
}

// run shows a step's title and command, does it, and shows what happens while it
// does: live on a terminal, as plain lines elsewhere.
func (d *demo) run(ctx context.Context, step demoStep) error {
	d.step++
	p := d.f.talker()
	p.Line("")
	p.Line("%s", p.Style.Bold(fmt.Sprintf("%d. %s", d.step, step.title)))
	p.Line("%s", p.Style.Dim("   $ "+step.command))
	s := d.f.show(ctx)
	defer s.Close()
	session := d.f.sessionOn(ctx, d.client, func(e workflow.Event) {
		d.watched.see(e)
		s.Event(e)
	})
	session.Poll = 100 * time.Millisecond
	err := step.do(ctx, session)
	s.Close()
	for _, print := range d.after {
		print()
	}
	d.after = nil
	if err != nil {
		return fmt.Errorf("step %d of the demo (%s): %w", d.step, step.title, err)
	}
	return nil
}

// summarise says what was seen, and fails the demo if it was not what ECS does.
func (d *demo) summarise(ctx context.Context) error {
	p := d.f.printer(d.client.Now(ctx))
	if d.f.json() {
		if err := p.JSON(d.watched.seen); err != nil {
			return err
		}
		return d.watched.complaint()
	}
	p.Line("")
	p.Line("%s", p.Style.Bold(fmt.Sprintf("What was seen, in %s:", report.Duration(time.Since(d.began)))))
	for _, line := range d.watched.seen.lines() {
		p.Line("  %s", line)
	}
	if d.dir != "" {
		p.Line("The image and the definitions are in %s.", d.dir)
	} else {
		p.Line("To do it by hand: gantry demo --dir gantry-demo keeps the image and the definitions.")
	}
	return d.watched.complaint()
}
