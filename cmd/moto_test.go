package cmd_test

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// motoServer starts moto_server, an ECS that is not ours, on a free port, and
// points AWS_ENDPOINT_URL at it. Stories that need it skip where it is missing.
func motoServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: moto")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	port := l.Addr().(*net.TCPAddr).Port
	ts.Check(l.Close())
	server := exec.Command("moto_server", "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	ts.Check(server.Start())
	ts.Defer(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	for range 300 {
		if answer, err := http.Get(url + "/moto-api/"); err == nil {
			answer.Body.Close()
			ts.Setenv("AWS_ENDPOINT_URL", url)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("moto_server does not answer at %s", url)
}
