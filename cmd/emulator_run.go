package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"gantry/emulator/gate"
	"gantry/internal/hint"
)

// clientEnv is what AWS clients read: where the emulator is, and credentials that
// it takes as well as any. The user's own are no business of it.
func (f *Factory) clientEnv(at endpoint) []string {
	region := cmp.Or(f.global.region, f.setting("AWS_REGION"), f.setting("AWS_DEFAULT_REGION"), "us-east-1")
	env := []string{
		"AWS_ENDPOINT_URL=" + at.url(),
		"AWS_ACCESS_KEY_ID=gantry",
		"AWS_SECRET_ACCESS_KEY=gantry",
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_DISABLE_HOST_PREFIX_INJECTION=true", // no address here has a data-127.0.0.1
	}
	if at.trust != "" {
		// Node.js, which reads no AWS_CA_BUNDLE, trusts this one besides its own.
		// SSL_CERT_FILE would take the trust in everybody else away.
		env = append(env, "AWS_CA_BUNDLE="+at.trust, "NODE_EXTRA_CA_CERTS="+at.trust)
	}
	return env
}

// clientUnset are the variables that would lead clients elsewhere.
func clientUnset() []string {
	return []string{
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "GANTRY_LOCAL",
		// The endpoints of the services that the emulator answers; others stay.
		"AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
		"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING",
		"AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_EC2",
		"AWS_ENDPOINT_URL_SERVICEDISCOVERY",
	}
}

func (f *Factory) setting(name string) string {
	value, _ := f.env(name)
	return value
}

func newEmulatorEnvCmd(f *Factory, run func(context.Context, *emulatorEnvOptions) error) *cobra.Command {
	o := &emulatorEnvOptions{f: f}
	c := &cobra.Command{
		Use:   "env",
		Short: "Print what a shell exports so that AWS clients find the emulator",
		Long: `Print the export lines for a shell in which AWS clients (the aws CLI, SDKs,
Terraform) find an emulator that is being served.`,
		Example: `  gantry emulator serve &
  eval "$(gantry emulator env)"
  aws ecs list-clusters`,
		Args: arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkListen(o.listen, o.signed); err != nil {
				return err
			}
			if run == nil {
				run = emulatorEnvRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.listen, "listen", defaultListen, "the address at which it is served")
	c.Flags().BoolVar(&o.tls, "tls", false, "it is served with --tls")
	c.Flags().BoolVar(&o.signed, "require-signature", false, "it is served with --require-signature; the pair is then that of the shell's "+envAccessKeyID+" and "+envSecretAccessKey)
	c.Flags().BoolVar(&o.ephemeral, "ephemeral", false, "it is served with --ephemeral, which has another certificate authority")
	return c
}

type emulatorEnvOptions struct {
	f         *Factory
	listen    string
	tls       bool
	ephemeral bool
	signed    bool
}

func emulatorEnvRun(_ context.Context, o *emulatorEnvOptions) error {
	p := o.f.printer(time.Time{})
	at := endpointAt(o.listen)
	if o.tls {
		world, err := o.f.emulatorOptions()
		if err != nil {
			return err
		}
		world.Ephemeral = o.ephemeral
		at.trust = gate.PathOfAuthority(trustDir(world))
	}
	for _, line := range o.f.clientEnv(at) {
		name, value, _ := strings.Cut(line, "=")
		own := map[string]string{"AWS_ACCESS_KEY_ID": envAccessKeyID, "AWS_SECRET_ACCESS_KEY": envSecretAccessKey}[name]
		if o.signed && own != "" {
			p.Line(`export %s="$%s"`, name, own) // the shell has the secret; it is printed nowhere
			continue
		}
		p.Line("export %s=%s", name, shellWord(value))
	}
	p.Line("unset %s", strings.Join(clientUnset(), " "))
	return nil
}

// shellWord is a value as a shell reads it back.
func shellWord(value string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+,=", r)
	}
	if strings.IndexFunc(value, func(r rune) bool { return !plain(r) }) < 0 {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

type emulatorRunOptions struct {
	serveOptions
	command []string
}

func newEmulatorRunCmd(f *Factory, run func(context.Context, *emulatorRunOptions) error) *cobra.Command {
	o := &emulatorRunOptions{serveOptions: serveOptions{f: f, listen: "127.0.0.1:0", sync: syncSecond}}
	c := &cobra.Command{
		Use:   "run [flags] -- COMMAND…",
		Short: "Run a command whose AWS clients find the emulator",
		Long: `Serve a world for as long as a command runs, and run it with the environment
variables by which AWS clients find the emulator. The exit code is the command's.`,
		Example: `  gantry emulator run --ephemeral --speed max -- pytest
  gantry emulator run -- aws ecs list-clusters`,
		Args: func(c *cobra.Command, args []string) error {
			if c.ArgsLenAtDash() != 0 || len(args) == 0 {
				return hint.As(hint.Usage, hint.With(errors.New("the command is missing: it stands behind --"), "for example: gantry emulator run -- aws ecs list-clusters"))
			}
			o.command = args
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(c); err != nil {
				return err
			}
			if run == nil {
				run = emulatorRunRun
			}
			return run(c.Context(), o)
		},
	}
	o.worldFlags(c)
	return c
}

func emulatorRunRun(ctx context.Context, o *emulatorRunOptions) error {
	return o.serve(ctx, func(ctx context.Context, at endpoint) error {
		command := exec.CommandContext(ctx, o.command[0], o.command[1:]...) //nolint:gosec // running it is what was asked for
		command.Stdin, command.Stdout, command.Stderr = o.f.Streams.In, o.f.Streams.Out, o.f.Streams.Err
		own := slices.DeleteFunc(os.Environ(), func(line string) bool {
			name, _, _ := strings.Cut(line, "=")
			return slices.Contains(clientUnset(), name)
		})
		command.Env = append(own, o.f.clientEnv(at)...)
		command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
		err := command.Run()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit) && exit.ExitCode() > 0:
			return hint.Exit(exit.ExitCode(), fmt.Errorf("%s ended with exit code %d", o.command[0], exit.ExitCode()))
		case exit != nil && ctx.Err() == nil && killedBy(exit) != 0: // as a shell tells it
			return hint.Exit(128+int(killedBy(exit)), fmt.Errorf("%s was ended by the signal %s", o.command[0], killedBy(exit)))
		case errors.Is(err, exec.ErrNotFound):
			return hint.As(hint.NotFound, hint.With(err, "name a program that is in PATH, or its path"))
		}
		return err
	})
}

// killedBy is the signal that ended a command, or 0.
func killedBy(exit *exec.ExitError) syscall.Signal {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal()
	}
	return 0
}
