package cmd

import (
	"os"
	"testing"
)

// A world on all addresses of a machine is told to be where clients can dial it.
func TestEndpointAt(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for listen, want := range map[string]endpoint{
		"127.0.0.1:4599":  {address: "127.0.0.1:4599"},
		"[::1]:4599":      {address: "[::1]:4599"},
		"localhost:4599":  {address: "localhost:4599"},
		"0.0.0.0:4599":    {address: "127.0.0.1:4599", outside: name + ":4599"},
		"[::]:4599":       {address: "127.0.0.1:4599", outside: name + ":4599"},
		":4599":           {address: "127.0.0.1:4599", outside: name + ":4599"},
		"192.0.2.1:4599":  {address: "192.0.2.1:4599", outside: "192.0.2.1:4599"},
		"[2001:db8::1]:1": {address: "[2001:db8::1]:1", outside: "[2001:db8::1]:1"},
		"build.test:4599": {address: "build.test:4599", outside: "build.test:4599"},
	} {
		if got := endpointAt(listen); got != want {
			t.Errorf("%s: %+v, want %+v", listen, got, want)
		}
	}
}
