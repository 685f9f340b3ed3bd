package report

import (
	"fmt"
	"strings"
	"time"

	"gantry/ecs"
)

// Age is how long ago a time was, in its largest unit or two: "8s", "4m10s",
// "3h5m", "12d". The zero time has no age.
func Age(now, then time.Time) string {
	if then.IsZero() {
		return "-"
	}
	return Duration(now.Sub(then))
}

// Duration is a span in its largest unit or two.
func Duration(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < 10*time.Minute:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours())/24)
}

// Count is "1 task", "2 tasks".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Bytes is a size in its largest unit: "512 B", "4.0 KiB", "12.3 MiB".
func Bytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n), ""
	for _, p := range []string{"Ki", "Mi", "Gi", "Ti"} {
		if value < unit {
			break
		}
		value /= unit
		prefix = p
	}
	return fmt.Sprintf("%.1f %sB", value, prefix)
}

// ShortTask is the first eight digits of a task id, enough for an eye.
func ShortTask(arn ecs.ARN) string {
	id := arn.Short()
	if len(id) > 8 {
		return id[:8]
	}
	return id
}

// ShortEvent is a service event with short task ids, and with a long list of
// tasks cut to the first two and how many more there are. It is for a screen: the
// lines of a log keep ECS's own words.
func ShortEvent(message string) string {
	const open, most = "(task ", 2
	parts := strings.Split(message, open)
	out, more := strings.Builder{}, 0
	out.WriteString(parts[0])
	rest := ""
	for i, part := range parts[1:] {
		id, after, _ := strings.Cut(part, ")")
		if len(id) != 32 {
			return message // not a list of tasks
		}
		rest = after
		if i >= most {
			more++
			continue
		}
		out.WriteString(open + id[:8] + ")")
		if i < most-1 || len(parts)-1 <= most {
			out.WriteString(after)
			rest = ""
		}
	}
	if more > 0 {
		fmt.Fprintf(&out, " and %d more", more)
	}
	return out.String() + rest
}

// Bar draws done of total in width cells. ASCII draws it with # and -.
func Bar(done, total, width int, ascii bool) string {
	full, empty := "█", "░"
	if ascii {
		full, empty = "#", "-"
	}
	if total <= 0 {
		return strings.Repeat(empty, width)
	}
	n := min(done*width/total, width)
	if done > 0 && n == 0 {
		n = 1 // one of many is not none
	}
	return strings.Repeat(full, n) + strings.Repeat(empty, width-n)
}

// percents is the deployment configuration in the short form that people say:
// "100/200". An endpoint that does not say it leaves the maximum at 0, which no
// service can have.
func percents(c ecs.DeploymentConfiguration) string {
	if c.MaximumPercent == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", c.MinimumHealthyPercent, c.MaximumPercent)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
