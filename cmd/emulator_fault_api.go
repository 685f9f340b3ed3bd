package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/internal/hint"
)

func newAPIFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	in := &ecs.APIFault{}
	var latency, late span
	c := &cobra.Command{
		Use:   "api --throttle 20% | --error 10% | --reset 5% | --latency 300ms | --late-events 30s | --duplicate-events 10%",
		Short: "Let calls of the API be throttled, fail, be cut off or slow, and log events be late or come twice",
		Long: `Let a share of the calls of the API be throttled ("Rate exceeded" in each service's
own form), fail with the status 500 or 503, or be cut off by a reset of the
connection; let calls take longer, in real time. Which calls are hit is settled by
the world's seed and their number: a share of 20% is every third to eighth call of
an operation. Calls of the emulator's own (/_gantry/) and of the image registry
(docker push) are spared. An answer that was hit says so in the header
X-Gantry-Fault.

Log events that come in meanwhile can be seen late, each by up to the span of
--late-events of the world's time, and some twice, with another eventId.`,
		Example: `  gantry --local emulator fault api --throttle 20% --service ecs --for 5m
  gantry --local emulator fault api --error 100% --operation RunTask --count 3
  gantry --local emulator fault api --late-events 30s --duplicate-events 10%`,
		Args: arguments(0),
	}
	flags := c.Flags()
	flags.Var((*share)(&in.Throttle), "throttle", "the share of calls that are throttled")
	flags.Var((*share)(&in.Error), "error", "the share of calls that fail")
	flags.IntVar(&in.ErrorStatus, "error-status", 0, "how they fail: 500 or 503 (default 500)")
	flags.Var((*share)(&in.Reset), "reset", "the share of calls whose connection is cut off")
	flags.Var(&latency, "latency", "how much longer calls take, in real time")
	flags.StringVar(&in.Service, "service", "", "only calls of this service: ecs, ecr, logs, elbv2 …")
	flags.StringVar(&in.Operation, "operation", "", "only calls of this operation, such as RunTask")
	flags.IntVar(&in.Count, "count", 0, "so many calls are hit, and then it is over (default no limit)")
	flags.Var(&late, "late-events", "by how much log events are late at most, in the world's time")
	flags.Var((*share)(&in.DuplicateEvents), "duplicate-events", "the share of log events that come twice")
	return o.lasting(run, c, func(c *cobra.Command, _ []string) error {
		in.Latency, in.LateEvents = ecs.Seconds(latency), ecs.Seconds(late)
		switch {
		case *in == (ecs.APIFault{Service: in.Service, Operation: in.Operation, Count: in.Count, ErrorStatus: in.ErrorStatus}):
			return hint.As(hint.Usage, hint.With(errors.New("what is to go wrong is missing"),
				"give --throttle, --error, --reset, --latency, --late-events or --duplicate-events"))
		case in.ErrorStatus != 0 && in.Error == 0:
			return hint.As(hint.Usage, errors.New("--error-status says how calls fail, so it needs --error"))
		case in.Count < 0:
			return hint.As(hint.Usage, fmt.Errorf("--count is how many calls are hit, 1 or more, not %d", in.Count))
		}
		o.fault.Cluster, o.fault.API = "", in // it is of no cluster
		return nil
	})
}
