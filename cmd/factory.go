package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/config"
	"gantry/ecs"
	"gantry/emulator"
	"gantry/emulator/store"
	"gantry/image"
	"gantry/internal/hint"
	"gantry/report"
	"gantry/workflow"
)

// Factory makes what commands need, when they need it: --help asks for no
// credentials and opens no world.
type Factory struct {
	Streams *Streams
	global  globalOptions
	env     func(string) (string, bool)
	version string

	started bool // a command's own code has begun to run
	closers []func() error

	// The demo runs the other commands: on a client of its own, and it sees what
	// they see. Elsewhere ready is nil and nobody listens.
	ready   *awsapi.Client
	observe func(seen any)
}

func newFactory(p Process) *Factory {
	return &Factory{Streams: newStreams(p), env: p.Env, version: p.Version, observe: func(any) {}}
}

// begin runs before every command.
func (f *Factory) begin(c *cobra.Command) error {
	f.started = true
	f.global.local = f.global.local || f.meansLocal(c)
	f.Streams.decideColor(f.global.color)
	if err := c.ValidateFlagGroups(); err != nil {
		return hint.As(hint.Usage, err) // Cobra would say the same later, without the kind
	}
	return f.global.check(c)
}

// close undoes what was opened, newest first.
func (f *Factory) close() error {
	var err error
	for i := len(f.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, f.closers[i]())
	}
	f.closers = nil
	return err
}

// prefix is how the user would start the next command line against the same
// endpoint.
func (f *Factory) prefix() string {
	parts := []string{"gantry"}
	o := &f.global
	if o.local {
		parts = append(parts, "--local")
		if o.world != emulator.DefaultWorld {
			parts = append(parts, "--world", o.world)
		}
	}
	if o.profile != "" {
		parts = append(parts, "--profile", o.profile)
	}
	if o.region != "" {
		parts = append(parts, "--region", o.region)
	}
	if o.endpointURL != "" {
		parts = append(parts, "--endpoint-url", o.endpointURL)
	}
	return strings.Join(parts, " ")
}

// clusterFlag is the --cluster part of a command line, when it is needed.
func (f *Factory) clusterFlag() string {
	if f.global.cluster == "default" {
		return ""
	}
	return " --cluster " + f.global.cluster
}

// emulatorOptions describes the world that --local means.
func (f *Factory) emulatorOptions() (emulator.Options, error) {
	dir, err := config.WorldsDir(f.env, runtime.GOOS)
	if err != nil {
		return emulator.Options{}, hint.As(hint.Usage, hint.With(err, "set GANTRY_HOME to a folder of your own"))
	}
	return emulator.Options{Dir: dir, World: f.global.world, Now: time.Now}, nil
}

// client returns the one AWS client. With --local its transport leads into the
// emulator, and nothing else differs.
func (f *Factory) client(ctx context.Context) (*awsapi.Client, error) {
	if f.ready != nil {
		return f.ready, nil
	}
	o := awsapi.Options{Version: f.version, CommandPrefix: f.prefix()}
	if f.global.local {
		options, err := f.emulatorOptions()
		if err != nil {
			return nil, err
		}
		fresh := !options.Exists()
		world, err := emulator.Attach(ctx, options)
		if err != nil {
			return nil, f.worldError(err)
		}
		if fresh && options.World != emulator.DefaultWorld {
			f.talker().Line("made the world %s, which was not there", options.World)
		}
		f.closers = append(f.closers, world.Close)
		o.Transport, o.Region = world.RoundTripper(), f.global.region
		return awsapi.New(ctx, o)
	}
	o.Profile, o.Region, o.EndpointURL = f.global.profile, f.global.region, f.global.endpointURL
	return awsapi.New(ctx, o)
}

// worldError adds the next step to what went wrong with a world's file or folder.
func (f *Factory) worldError(err error) error {
	if _, ok := errors.AsType[*store.FileError](err); ok {
		return hint.Withf(err, "begin a fresh world with: %s emulator reset, which keeps this file under another name; or pick another world with --world", f.prefix())
	}
	if hint.Of(err) == "" && (errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EROFS)) {
		err = hint.As(hint.Usage, hint.With(err, "set GANTRY_HOME to a folder that can be written to"))
	}
	return err
}

// session returns the verbs, ready to talk to the endpoint and to tell emit
// what happens.
func (f *Factory) session(ctx context.Context, emit func(workflow.Event)) (*workflow.Session, error) {
	client, err := f.client(ctx)
	if err != nil {
		return nil, err
	}
	return &workflow.Session{
		API: client, Images: client, Logs: client, Destination: destination(client),
		Now: client.Now, Emit: emit, Poll: pollInterval(ctx, client), Timeout: f.global.timeout,
		NoWait: f.global.noWait, CommandPrefix: f.prefix(),
	}, nil
}

// pollInterval is how often a wait looks. The emulator is on this machine and
// its clock may run fast, so it is asked more often than AWS, whose rate limits
// are shared by everybody in the account.
func pollInterval(ctx context.Context, client *awsapi.Client) time.Duration {
	if client.IsEmulator(ctx) {
		return 150 * time.Millisecond
	}
	return 3 * time.Second
}

// destination finds the registry behind a repository.
func destination(client *awsapi.Client) func(context.Context, ecs.Repository) (image.Destination, error) {
	return func(ctx context.Context, of ecs.Repository) (image.Destination, error) {
		r, err := client.RegistryOf(ctx, of)
		if err != nil {
			return image.Destination{}, err
		}
		return image.Destination{
			Host: r.Host, PlainHTTP: r.PlainHTTP, Repository: of.Name,
			Username: r.Username, Password: r.Password, Transport: r.Transport,
		}, nil
	}
}

// printer writes results to standard output; now is the endpoint's time.
func (f *Factory) printer(now time.Time) report.Printer {
	return report.Printer{W: f.Streams.Out, Style: report.Style{Color: f.Streams.OutColor}, Now: now, ASCII: f.Streams.ASCII(), Width: width(f.Streams.Out)}
}

// talker writes talk to standard error.
func (f *Factory) talker() report.Printer {
	return report.Printer{W: f.Streams.Err, Style: report.Style{Color: f.Streams.ErrColor}, ASCII: f.Streams.ASCII(), Width: width(f.Streams.Err)}
}

// json reports whether results are wanted as JSON.
func (f *Factory) json() bool { return f.global.output == "json" }

// confirm asks before something is destroyed. Without a terminal nobody can
// answer, so --yes is required there.
func (f *Factory) confirm(ctx context.Context, question string) error {
	if f.global.yes {
		return nil
	}
	if !f.Streams.InTTY || !f.Streams.ErrTTY {
		return hint.As(hint.Usage, hint.With(fmt.Errorf("%s needs a yes, and there is no terminal to ask on", question), "add --yes"))
	}
	_, _ = fmt.Fprintf(f.Streams.Err, "%s? [y/N] ", question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(f.Streams.In).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case a := <-answer:
		if a == "y" || a == "yes" {
			return nil
		}
		return hint.As(hint.Usage, errors.New("nothing was done"))
	}
}

// open opens a file that the command line named, "-" being standard input and
// file:// allowed in front, as the aws CLI has it.
func (f *Factory) open(name string) (io.ReadCloser, string, error) {
	name = strings.TrimPrefix(name, "file://")
	if name == "-" {
		return io.NopCloser(f.Streams.In), "standard input", nil
	}
	file, err := os.Open(name)
	if info, statErr := os.Stat(name); err == nil && statErr == nil && info.IsDir() {
		_ = file.Close()
		return nil, name, hint.As(hint.Usage, fmt.Errorf("%s is a folder: name a file in it", name))
	}
	if err != nil {
		return nil, name, hint.As(hint.Usage, hint.With(fmt.Errorf("%s cannot be read: %w", name, errors.Unwrap(err)), "check the path; - reads standard input"))
	}
	return file, name, nil
}
