// Package cmd is the command line: a file per command or small family of
// commands, each of which turns flags into options, calls one verb of workflow
// and hands the result to report.
//
// Floor 9: it may import every room below. It decides nothing by itself.
//
//	code := cmd.Main(cmd.Process{Args: []string{"--local", "status"}, Env: os.LookupEnv, Out: os.Stdout, Err: os.Stderr})
//
// The only thing it never does is exit: main does, with the code Main returns.
package cmd
