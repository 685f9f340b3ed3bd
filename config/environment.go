package config

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Lookup finds an environment variable.
type Lookup func(name string) (string, bool)

// Local reports whether GANTRY_LOCAL asks for the built-in emulator.
func Local(env Lookup) bool {
	v, _ := env("GANTRY_LOCAL")
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "", "0", "false", "no", "off":
		return false
	}
	return true
}

// WorldsDir is the folder that holds the emulated worlds: GANTRY_HOME/worlds,
// or gantry/worlds in the user's data folder.
func WorldsDir(env Lookup, goos string) (string, error) {
	if home, ok := set(env, "GANTRY_HOME"); ok {
		return filepath.Join(home, "worlds"), nil
	}
	if data, ok := set(env, "XDG_DATA_HOME"); ok {
		return filepath.Join(data, "gantry", "worlds"), nil
	}
	if goos == "windows" {
		if data, ok := set(env, "LocalAppData"); ok {
			return filepath.Join(data, "gantry", "worlds"), nil
		}
	}
	if home, ok := set(env, "HOME"); ok {
		if goos == "darwin" {
			return filepath.Join(home, "Library", "Application Support", "gantry", "worlds"), nil
		}
		return filepath.Join(home, ".local", "share", "gantry", "worlds"), nil
	}
	return "", fmt.Errorf("no folder for the emulated worlds: neither GANTRY_HOME, XDG_DATA_HOME nor HOME is set")
}

func set(env Lookup, name string) (string, bool) {
	v, ok := env(name)
	return v, ok && v != ""
}
