package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// condition answers the conditions of stories that testscript has not: [clients]
// is that the aws CLI and boto3 are installed. Where GANTRY_NEED_CLIENTS says
// that they must be, stories that need them fail instead of being skipped.
func condition(name string) (bool, error) {
	if name != "clients" {
		return false, fmt.Errorf("there is no condition %q", name)
	}
	return os.Getenv("GANTRY_NEED_CLIENTS") == "1" || haveClients(), nil
}

var haveClients = sync.OnceValue(func() bool {
	_, err := exec.LookPath("aws")
	return err == nil && exec.Command("python3", "-c", "import boto3").Run() == nil
})
