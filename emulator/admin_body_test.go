package emulator_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestUnknownKeys is that a request to the emulator itself with a key that nobody
// reads is refused, and says which there are.
func TestUnknownKeys(t *testing.T) {
	r := ephemeral(t)
	for _, x := range []struct{ path, body, want string }{
		{"/_gantry/clock", `{"stepp":"30s"}`, `There is no key \"stepp\" in the request; there are speed, step, at, within.`},
		{"/_gantry/faults", `{"kind":"lose-zone"}`, `There is no key \"kind\" in the request; there are name, cluster,`},
		{"/_gantry/faults", `{"fate":{"fat":"exit=1"}}`, `There is no key \"fat\" in fate; there are`},
		{"/_gantry/load-balancers", `{"name":"a","listeners":[{"prot":80}]}`, `There is no key \"prot\" in listeners; there are port,`},
		{"/_gantry/target-groups", `{"nam":"a"}`, `There is no key \"nam\"`},
	} {
		if status, _, body := r.call(http.MethodPost, x.path, "", x.body); status != http.StatusBadRequest || !strings.Contains(body, x.want) {
			t.Errorf("POST %s %s: %d %s", x.path, x.body, status, body)
		}
	}
}
