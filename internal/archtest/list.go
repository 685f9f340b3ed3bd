package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// listed is what `go list -json` tells of one package.
type listed struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Error        *struct{ Err string }
}

// platforms are those that gantry is built for: a file for one of them only is
// under the law as well.
func platforms() []string { return []string{"linux", "darwin", "windows"} }

// listAll lists the packages of the module in root, once per platform.
func listAll(root string) ([]listed, error) {
	var all []listed
	for _, goos := range platforms() {
		pkgs, err := list(root, goos)
		if err != nil {
			return nil, fmt.Errorf("listing packages for %s: %w", goos, err)
		}
		all = append(all, pkgs...)
	}
	return all, nil
}

func list(root, goos string) ([]listed, error) {
	// -e lists a package that does not build, so that the law is checked all the
	// same.
	cmd := exec.Command("go", "list", "-e",
		"-json=ImportPath,Dir,Imports,TestImports,XTestImports,Error", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	var pkgs []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what go list printed: %w", err)
		}
		// A package may be for other platforms only.
		if p.Error == nil || !strings.Contains(p.Error.Err, "build constraints exclude all Go files") {
			pkgs = append(pkgs, p)
		}
	}
}

// modulePath asks for the path of the module in root.
func modulePath(root string) (string, error) {
	cmd := exec.Command("go", "list", "-m")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list -m in %s: %w", root, err)
	}
	return strings.TrimSpace(string(out)), nil
}
