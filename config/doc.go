// Package config reads what a user has written down before the command line:
// the project file (gantry.yaml) and the environment variables that are
// gantry's own.
//
// Floor 2: it may import internal/hint. Files come in as fs.FS and the
// environment as a lookup function, so it opens nothing by itself.
//
//	p, err := config.ReadProject(os.DirFS("."), "gantry.yaml")
//
// It never reads AWS settings (the SDK does) and never looks into the
// definitions that a project file names (taskdef does).
package config
