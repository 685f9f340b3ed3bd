package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/emulator"
	"gantry/emulator/gate"
	"gantry/internal/hint"
	"gantry/worldfile"
)

type serveOptions struct {
	f            *Factory
	listen       string
	ephemeral    bool
	speed        string
	registryHost string
	sync         string
	paused       bool // the world's clock, once it is served
	tls          bool
	keys         keyOptions
	worldFile    string
	described    *worldfile.File // what that says
}

// The values of --sync.
const (
	syncSecond = "second"
	syncAlways = "always"
)

func newServeCmd(f *Factory, run func(context.Context, *serveOptions) error) *cobra.Command {
	o := &serveOptions{f: f}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the emulator to any client: the aws CLI, SDKs, docker push",
		Long: `Serve ECS, ECR with its registry and CloudWatch Logs on one port, to any client
that can be pointed at an endpoint, and what clients of ECS need of the services
around it: STS, Elastic Load Balancing, Application Auto Scaling, CloudWatch, IAM,
Parameter Store, Secrets Manager, EC2 and Cloud Map. Credentials may be anything.

What was answered survives the end of the process, however it comes. It is on the
disk within a second, or with --sync always before the answer.

--tls serves HTTPS with a certificate of an authority of the world's own, which
can vouch for nothing but this machine; clients have to be told to trust it.

--require-signature answers only who signs with an access key pair, or with
temporary credentials that were got with it (STS), as AWS does; docker logs in
with the token of ECR. Then --listen may be an address that others reach.`,
		Example: `  gantry emulator serve --listen 127.0.0.1:4599 --world default
  aws ecs list-clusters --endpoint-url http://127.0.0.1:4599
  docker push 127.0.0.1:4599/web:v1`,
		Args: arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(c); err != nil {
				return err
			}
			if run == nil {
				run = serveRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.listen, "listen", defaultListen, "the address to listen on; it must be a loopback address, unless --require-signature is given")
	o.keys.flags(c)
	c.Flags().StringVar(&o.sync, "sync", syncSecond, "when changes are brought to the disk: each second, or always, before they are answered")
	c.Flags().StringVar(&o.registryHost, "registry-host", "", "HOST:PORT to put into repositoryUri, so that plain docker push can use it")
	o.worldFlags(c)
	return c
}

// defaultListen is where the emulator is served unless somebody says otherwise.
const defaultListen = "127.0.0.1:4599"

// worldFlags are the flags about the world that is served.
func (o *serveOptions) worldFlags(c *cobra.Command) {
	c.Flags().BoolVar(&o.ephemeral, "ephemeral", false, "a fresh world that is gone afterwards")
	c.Flags().StringVar(&o.speed, "speed", "", "how many times faster than real time the world's clock runs, or max or pause")
	c.Flags().StringVar(&o.worldFile, "world-file", "", "a file that describes the world, which is made when the world is fresh")
	c.Flags().BoolVar(&o.tls, "tls", false, "serve HTTPS, with a certificate authority that is kept beside the world")
}

func (o *serveOptions) check(c *cobra.Command) error {
	if o.ephemeral && c.Flags().Changed("world") {
		return hint.As(hint.Usage, errors.New("--ephemeral serves a world of its own, so it does not go together with --world"))
	}
	if err := checkSpeed(o.speed); err != nil {
		return err
	}
	if err := o.keys.check(c.Context(), o.f); err != nil {
		return err
	}
	if err := checkListen(o.listen, o.keys.require); err != nil {
		return err
	}
	if o.sync != syncSecond && o.sync != syncAlways {
		return hint.As(hint.Usage, fmt.Errorf("--sync is second or always, not %q", o.sync))
	}
	return nil
}

// checkListen keeps the emulator off the network while it lets everybody in.
func checkListen(listen string, signed bool) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return hint.As(hint.Usage, fmt.Errorf("--listen is HOST:PORT, such as 127.0.0.1:4599, not %q", listen))
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return hint.As(hint.Usage, fmt.Errorf("--listen has no port between 0 and 65535: %q", listen))
	}
	if ip := net.ParseIP(host); !signed && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return hint.As(hint.Usage, hint.With(fmt.Errorf("--listen %s is no loopback address; the emulator lets everybody in, so it stays on this machine", listen),
			"use 127.0.0.1:PORT or [::1]:PORT, or let in only those who sign, with --require-signature"))
	}
	return nil
}

func serveRun(ctx context.Context, o *serveOptions) error {
	return o.serve(ctx, func(ctx context.Context, at endpoint) error {
		o.f.talker().Line("serving %s at %s (Ctrl-C ends it)", o.worldName(), at.url())
		if at.outside != "" && at.outside != at.address {
			o.f.talker().Line("other machines reach it at %s", at.urlOf(at.outside))
		}
		if at.trust != "" {
			o.f.talker().Line("trust it with: export AWS_CA_BUNDLE=%s (docker: copy that to /etc/docker/certs.d/%s/ca.crt)", at.trust, cmp.Or(at.outside, at.address))
		}
		if o.keys.require {
			o.f.talker().Line("requests have to be signed with the access key %s", o.keys.pair.AccessKeyID)
		}
		o.f.talker().Line("try: aws ecs list-clusters --endpoint-url %s", at.url())
		if o.paused {
			o.f.talker().Line("its clock is paused; let it go on with: gantry --endpoint-url %s emulator clock --speed %d", at.url(), emulator.DefaultSpeed)
		}
		<-ctx.Done()
		return nil
	})
}

// serve serves the world for as long as something is done.
func (o *serveOptions) serve(ctx context.Context, do func(context.Context, endpoint) error) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	trust := trustDir(options)
	if o.ephemeral {
		options.Dir = "" // it leaves nothing behind, so the system's temporary folder will do
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return hint.As(hint.Conflict, hint.With(fmt.Errorf("cannot listen on %s: %w", o.listen, err), "choose another port with --listen 127.0.0.1:PORT"))
	}
	defer listener.Close()
	world, err := o.attach(ctx, options)
	if err != nil {
		return err
	}
	handler := world.Handler()
	if o.keys.require {
		handler = gate.Signed(handler, o.keys.pair, time.Now)
	}
	server := gate.NewServer(handler, gate.Limits{}, slog.New(slog.DiscardHandler))
	server.RegisterOnShutdown(world.EndSessions)
	at := endpointAt(listener.Addr().String())
	serve := server.Serve
	if o.tls {
		authority, err := o.authority(trust)
		if err != nil {
			return o.f.worldError(err)
		}
		at.trust, server.TLSConfig = authority.Path(), authority.Config(o.hosts())
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	doing, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go collectRarely(doing)
	go func() {
		if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fail(fmt.Errorf("serve the emulator: %w", err))
		}
	}()
	err = do(doing, at)
	if cause := context.Cause(doing); cause != nil && ctx.Err() == nil {
		err = cause // the server failed
	}
	// Answers that are on their way are finished; waits of clients are not.
	shut, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if server.Shutdown(shut) != nil {
		_ = server.Close()
	}
	return err
}

// options are those of the world, as the flags and the file of --world-file have them.
func (o *serveOptions) options() (emulator.Options, error) {
	options, err := o.f.emulatorOptions()
	if err != nil && !o.ephemeral {
		return options, err
	}
	options.Ephemeral, options.RegistryHost, options.SyncAlways = o.ephemeral, o.registryHost, o.sync == syncAlways
	if o.speed != "" {
		if options, err = options.WithSpeed(o.speed); err != nil { // a fresh world begins with it, also after a reset
			return options, hint.As(hint.Usage, err)
		}
	}
	if o.worldFile == "" {
		return options, nil
	}
	if o.described, err = o.f.readWorldFile(o.worldFile); err != nil {
		return options, err
	}
	return o.fromFile(options)
}

// attach holds or joins the world, and brings it to what the flags say.
func (o *serveOptions) attach(ctx context.Context, options emulator.Options) (*emulator.Attachment, error) {
	made := o.ephemeral || !options.Exists()
	world, err := emulator.Attach(ctx, options)
	if err != nil {
		return nil, o.f.worldError(err)
	}
	o.f.closers = append(o.f.closers, world.Close)
	client, err := awsapi.New(ctx, awsapi.Options{Transport: world.RoundTripper(), Region: o.f.global.region})
	if err != nil {
		return nil, err
	}
	if !world.Holds() {
		if err := o.joins(ctx, client); err != nil {
			return nil, err
		}
	}
	if err := o.loadWorld(ctx, client, made); err != nil {
		return nil, err
	}
	o.paused, err = setSpeed(ctx, client, o.speed)
	return world, err
}

// joins tells that another process holds the world, which is how it is synced, too.
func (o *serveOptions) joins(ctx context.Context, client *awsapi.Client) error {
	held, err := client.World(ctx)
	if err != nil {
		return err
	}
	if o.sync == syncAlways && held.Sync != syncAlways {
		return hint.As(hint.Conflict, hint.With(fmt.Errorf("%s is held by another process, which brings changes to the disk each second: --sync always is for the one that holds it", o.worldName()),
			"end that process, or start it with --sync always"))
	}
	o.f.talker().Line("another process holds %s: this one leads to it", o.worldName())
	return nil
}

func (o *serveOptions) worldName() string {
	if o.ephemeral {
		return "a fresh world"
	}
	return "world " + o.f.global.world
}

// setSpeed sets the clock of a world that this process holds or has joined, unless
// speed is "", and reports whether it is paused.
func setSpeed(ctx context.Context, client *awsapi.Client, speed string) (paused bool, err error) {
	var clock awsapi.Clock
	if speed == "" {
		clock, err = client.Clock(ctx)
	} else {
		clock, err = client.SetClock(ctx, speed)
	}
	return clock.Paused(), err
}
