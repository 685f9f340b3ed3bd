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
			if o.speed == "max" || o.speed == "pause" {
				return hint.As(hint.Usage, fmt.Errorf("--speed %s leaves nothing to watch: give the demo a number", o.speed))
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

// demoTail is how long the demo waits for log lines.
const demoTail = 15 * time.Second

// demo is one run: the world, what was seen of it, and where the files are.
type demo struct {
	*demoOptions
	files   demoFiles
	client  *awsapi.Client
	watched *witness
	began   time.Time
}

func demoRun(ctx context.Context, o *demoOptions) error {
	if o.f.global.endpointURL != "" || o.f.global.profile != "" || o.f.global.region != "" {
		return hint.As(hint.Usage, hint.With(errors.New("the demo runs in a world of its own, never on AWS"),
			"leave --profile, --region and --endpoint-url out"))
	}
	files, err := writeDemoFiles(o.dir)
	o.f.closers = append(o.f.closers, files.remove) // also of what was written before it failed
	if err != nil {
		return err
	}
	world, err := emulator.Attach(ctx, emulator.Options{World: "demo", Ephemeral: true, Now: time.Now})
	if err != nil {
		return err
	}
	o.f.closers = append(o.f.closers, world.Close)
	client, err := awsapi.New(ctx, awsapi.Options{Transport: world.RoundTripper(), Version: o.f.version, CommandPrefix: demoPrefix})
	if err != nil {
		return err
	}
	if _, err := client.SetClock(ctx, o.speed); err != nil {
		return err
	}
	d := &demo{demoOptions: o, files: files, client: client, watched: newWitness(), began: time.Now()}
	d.introduce()
	for i, step := range demoSteps() {
		if err := d.run(ctx, i+1, step); err != nil {
			return err
		}
	}
	return d.summarise(ctx)
}

func (d *demo) introduce() {
	p := d.f.talker()
	p.Line("%s", p.Style.Bold("gantry demo: the Amazon ECS workflow on the built-in emulator"))
	p.Line("A fresh temporary world, its clock at %s times real time. No account, no network, no Docker.", d.speed)
	p.Line("Each step is the command line that it shows; with --local it works in a world of yours.")
}

// run shows a step's title and command line, and runs that very line.
func (d *demo) run(ctx context.Context, number int, step demoStep) error {
	p := d.f.talker()
	p.Line("")
	p.Line("%s", p.Style.Bold(fmt.Sprintf("%d. %s", number, step.title)))
	p.Line("%s", p.Style.Dim("   $ "+step.commandLine(d.files.shownDir())))
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	if step.tail > 0 { // a tail ends by itself when no lines come, and the summary says so
		ctx, enough = context.WithTimeout(ctx, demoTail)
		defer enough()
	}
	d.watched.begin(step, enough)
	err := d.command(ctx, step.args(d.files.dir))
	d.watched.end()
	if step.tail > 0 && ctx.Err() != nil && !errors.Is(context.Cause(ctx), errSignal{}) {
		err = nil // it was we who ended the tail
	}
	if step.meant(err) {
		p.Line("%s", p.Style.Dim(fmt.Sprintf("   (as it should be: %v; by hand, exit code %d)", err, hint.ExitCode(err))))
		return nil
	}
	if err == nil && step.fails != hint.Unexpected {
		err = errors.New("it went well, though it should not")
	}
	return d.ended(number, step, err)
}

// ended words the error of a step. What the command itself advises (to watch the
// deployment again) would be in vain: the demo's world is gone.
func (d *demo) ended(number int, step demoStep, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errSignal{}):
		return hint.As(hint.KindOf(err), hint.With(errors.New("the demo was interrupted; its world is gone"), "run it again with: gantry demo"))
	}
	err = fmt.Errorf("step %d of the demo (%s): %w", number, step.title, err)
	return hint.With(err, "the demo's world is gone; run it again with: gantry demo")
}

// command runs one command line as Main would, on the demo's world. What it
// prints as data is talk here: the demo's own data is its summary.
func (d *demo) command(ctx context.Context, args []string) error {
	streams := *d.f.Streams
	streams.Out, streams.OutTTY = streams.Err, streams.ErrTTY
	f := &Factory{Streams: &streams, env: d.f.env, version: d.f.version, ready: d.client, observe: d.watched.see}
	return run(ctx, f, append([]string{"--local", "--color", d.f.global.color, "--timeout", d.f.global.timeout.String()}, args...))
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
	d.f.talker().Line("")
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
