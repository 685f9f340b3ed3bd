// Package report turns results into text, tables and JSON. It is the only
// formatter of command output, and the words shared with the dashboard (ages,
// short names, counts) live here so that the two cannot drift apart.
//
// Floor 7: it may import ecs, hint, taskdef, logs, workflow and
// engine/placement, and styling libraries.
//
//	out := report.Printer{W: os.Stdout, Style: report.Style{Color: true}, Now: now}
//	out.Services(services)
//
// It never asks anybody anything: what it prints is computed from the values
// that it is given.
package report
