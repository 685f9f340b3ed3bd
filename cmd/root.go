package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"gantry/config"
	"gantry/ecs"
	"gantry/emulator"
	"gantry/internal/hint"
)

// globalOptions are the flags that every command takes.
type globalOptions struct {
	local       bool
	world       string
	profile     string
	region      string
	endpointURL string
	cluster     string
	output      string
	color       string
	yes         bool
	noWait      bool
	timeout     time.Duration
}

// The groups of commands in the help.
const (
	groupWorkflow = "workflow"
	groupLook     = "look"
	groupChange   = "change"
	groupLocal    = "local"
)

func newRootCmd(f *Factory) *cobra.Command {
	root := &cobra.Command{
		Use:   "gantry",
		Short: "The whole Amazon ECS workflow from one terminal, on AWS or on the built-in emulator",
		Long: `gantry pushes an image, registers a task definition, creates a cluster and a
service, scales and updates it, and shows the rollout and its logs while they
happen.

With --local (or GANTRY_LOCAL=1) everything runs on an emulated ECS inside this
program: no account, no network. Without it, the AWS SDK's own settings apply.

Start here:  gantry demo`,
		Version:           f.version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return f.begin(c) },
	}
	root.SetVersionTemplate("gantry {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(
		&cobra.Group{ID: groupWorkflow, Title: "The workflow:"},
		&cobra.Group{ID: groupLook, Title: "Look:"},
		&cobra.Group{ID: groupChange, Title: "Change and take down:"},
		&cobra.Group{ID: groupLocal, Title: "On this machine:"},
	)
	addGlobalFlags(root, f)
	for group, commands := range commandsByGroup(f) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	addCompletions(root, f)
	root.InitDefaultHelpCmd()
	heedNames(root)
	return root
}

// heedNames lets a name that no command has be refused everywhere: Cobra does so
// at the top only, and shows the help of anything else that has commands below it.
func heedNames(parent *cobra.Command) {
	for _, c := range parent.Commands() {
		heedNames(c)
		if c.Name() == "help" {
			c.Run, c.RunE = nil, func(c *cobra.Command, args []string) error {
				topic, rest, err := c.Root().Find(args)
				switch {
				case err != nil:
					return hint.As(hint.Usage, err)
				case len(rest) > 0:
					return hint.As(hint.Usage, noCommand(topic, rest[0]))
				}
				return topic.Help()
			}
			continue
		}
		if !c.HasSubCommands() || c.Runnable() {
			continue
		}
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return hint.As(hint.Usage, noCommand(c, args[0]))
			}
			return c.Help()
		}
	}
}

func noCommand(parent *cobra.Command, name string) error {
	err := fmt.Errorf("unknown command %q for %q", name, parent.CommandPath())
	if near := parent.SuggestionsFor(name); len(near) > 0 {
		return hint.Withf(err, "did you mean %s?", strings.Join(near, " or "))
	}
	return hint.Withf(err, "see: %s --help", parent.CommandPath())
}

// flagError adds the next step to a refused flag. A negative number is no flag
// but a count that was meant, as in "scale web -1".
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if n, notNumber := strconv.Atoi(unknown.GetSpecifiedShortnames()); notNumber == nil {
			err = fmt.Errorf("-%d is neither a flag nor a count: counts are 0 or more", n)
		}
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		flag := invalid.GetFlag()
		if what := valueOf(flag.Value); what != "" {
			err = fmt.Errorf("--%s is %s, not %q", flag.Name, what, invalid.GetValue())
		}
	}
	return hint.Withf(err, "see the flags with: %s --help", c.CommandPath())
}

// valueOf says what a flag takes whose type has no words of its own for that.
func valueOf(v pflag.Value) string {
	if _, own := v.(*span); own {
		return ""
	}
	switch v.Type() {
	case "duration":
		return "a span of time such as 90s or 2h30m"
	case "int":
		return "a whole number such as 3"
	case "float64":
		return "a number such as 25 or 0.5"
	}
	return ""
}

func commandsByGroup(f *Factory) map[string][]*cobra.Command {
	return map[string][]*cobra.Command{
		groupWorkflow: {
			newPushCmd(f, nil), newRegisterCmd(f, nil), newCreateClusterCmd(f, nil), newCreateServiceCmd(f, nil),
			newScaleCmd(f, nil), newUpdateCmd(f, nil), newRunTaskCmd(f, nil), newStartTaskCmd(f, nil), newUpCmd(f, nil),
		},
		groupLook: {
			newStatusCmd(f, nil), newListCmd(f, nil), newDescribeCmd(f, nil), newEventsCmd(f, nil),
			newWatchCmd(f, nil), newLogsCmd(f, nil),
		},
		groupChange: {
			newDrainCmd(f, nil), newActivateCmd(f, nil), newPutAttributesCmd(f, nil), newStopTaskCmd(f, nil),
			newDeleteServiceCmd(f, nil), newDeleteClusterCmd(f, nil), newDeregisterCmd(f, nil),
		},
		groupLocal: {newEmulatorCmd(f), newDemoCmd(f, nil)},
	}
}

func addGlobalFlags(root *cobra.Command, f *Factory) {
	o, flags := &f.global, root.PersistentFlags()
	flags.BoolVar(&o.local, "local", config.Local(f.env), "use the built-in emulator: no AWS setting is read and no network touched (GANTRY_LOCAL=1)")
	flags.StringVar(&o.world, "world", emulator.DefaultWorld, "the emulated world to use with --local")
	flags.StringVar(&o.profile, "profile", "", "the profile of the AWS configuration files (AWS_PROFILE)")
	flags.StringVar(&o.region, "region", "", "the AWS Region (AWS_REGION)")
	flags.StringVar(&o.endpointURL, "endpoint-url", "", "the endpoint to talk to instead of AWS (AWS_ENDPOINT_URL)")
	flags.StringVar(&o.cluster, "cluster", "default", "the cluster")
	flags.StringVarP(&o.output, "output", "o", "text", "how results are printed: text or json")
	flags.StringVar(&o.color, "color", "auto", "colour in the output: auto, always or never; auto heeds NO_COLOR")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask before something is destroyed")
	flags.BoolVar(&o.noWait, "no-wait", false, "return once ECS has accepted the change")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Minute, "how long to wait for an outcome, in real time")
}

// check refuses values of the global flags that no command could use.
func (o *globalOptions) check(c *cobra.Command) error {
	if !slices.Contains([]string{"text", "json"}, o.output) {
		return hint.As(hint.Usage, fmt.Errorf("--output is text or json, not %q", o.output))
	}
	if !slices.Contains([]string{"auto", "always", "never", "on", "off"}, o.color) {
		return hint.As(hint.Usage, fmt.Errorf("--color is auto, always or never, not %q", o.color))
	}
	if o.timeout <= 0 {
		return hint.As(hint.Usage, fmt.Errorf("--timeout must be more than nothing, not %s", o.timeout))
	}
	if o.local {
		for _, name := range []string{"profile", "endpoint-url"} {
			if c.Flags().Changed(name) {
				return hint.As(hint.Usage, hint.With(fmt.Errorf("--local uses no AWS setting, so it does not go together with --%s", name),
					"leave one of the two out (GANTRY_LOCAL=1 counts as --local)"))
			}
		}
		if o.region != "" && !ecs.IsRegion(o.region) { // with --local nobody else looks at it
			near := cmp.Or(ecs.NearestRegion(o.region), "eu-west-1")
			return hint.As(hint.Usage, hint.With(fmt.Errorf("--region %q is no name of a Region", o.region), "for example: --region "+near))
		}
	} else if c.Flags().Changed("world") {
		return hint.As(hint.Usage, hint.With(errors.New("--world picks an emulated world, but this is not --local"), "add --local"))
	}
	if o.cluster == "" {
		return hint.As(hint.Usage, errors.New("--cluster is empty: name a cluster, or leave the flag out for the one called default"))
	}
	return nil
}

// arguments checks how many arguments a command was given and says which are
// missing by name: names are as in the usage line, the last one may be "NAME…".
func arguments(least int, names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least {
			return hint.Withf(fmt.Errorf("%s is missing: %s", names[len(args)], c.UseLine()), "see: %s --help", c.CommandPath())
		}
		many := len(names) > 0 && strings.HasSuffix(names[len(names)-1], "…")
		if !many && len(args) > len(names) {
			return hint.Withf(fmt.Errorf("%q is one argument too many: %s", args[len(names)], c.UseLine()), "see: %s --help", c.CommandPath())
		}
		return nil
	}
}

// listFlags take the aws CLI's way of giving several values after one flag:
// --placement-strategy type=… type=….
func listFlags() []string {
	return []string{
		"--placement-strategy", "--placement-constraints", "--load-balancers", "--service-registries", "--capacity-provider-strategy", "--tags",
	}
}

// spread turns "--flag a=1 b=2" into "--flag a=1 --flag b=2" for the flags that
// are lists, since Cobra's take one value each. A value here is a shorthand
// (key=value) or JSON; the first word that is neither ends the list.
func spread(args []string) []string {
	out := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		out = append(out, args[i])
		if args[i] == "--" {
			return append(out, args[i+1:]...)
		}
		if !slices.Contains(listFlags(), args[i]) || i+1 == len(args) {
			continue
		}
		flag := args[i]
		i++
		out = append(out, args[i])
		for i+1 < len(args) && isListValue(args[i+1]) {
			i++
			out = append(out, flag, args[i])
		}
	}
	return out
}

func isListValue(arg string) bool {
	if strings.HasPrefix(arg, "-") {
		return false
	}
	key, _, ok := strings.Cut(arg, "=")
	plain := func(r rune) bool { return r < 'A' || r > 'z' || (r > 'Z' && r < 'a') }
	return strings.HasPrefix(arg, "{") || strings.HasPrefix(arg, "[") || ok && key != "" && !strings.ContainsFunc(key, plain)
}
