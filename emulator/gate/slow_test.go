package gate_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gantry/emulator/gate"
)

// short are limits that a test can wait for.
func short() gate.Limits {
	return gate.Limits{Head: 150 * time.Millisecond, Stall: 150 * time.Millisecond, Rate: 100, Idle: 150 * time.Millisecond, HeaderBytes: 8 << 10}
}

// listen serves a handler behind a gate and returns where.
func listen(t *testing.T, limits gate.Limits, handler http.HandlerFunc) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := gate.NewServer(handler, limits, slog.New(slog.DiscardHandler))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a test that hangs says where
	return conn
}

// echo answers with how long the body was, or why it did not come.
func echo(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		w.WriteHeader(http.StatusRequestTimeout)
	}
	_, _ = fmt.Fprint(w, n)
}

// cut reports that the server ends a connection on which the client is slow.
func cut(t *testing.T, conn net.Conn) string {
	t.Helper()
	answer, err := io.ReadAll(conn)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the connection was not ended: %v", err)
	}
	return string(answer)
}

// A client that sends its head or its body byte by byte, or nothing of them, is
// cut off.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	address := listen(t, short(), echo)
	for name, sends := range map[string]struct {
		first string
		drop  string // sent again and again
	}{
		"nothing":                 {},
		"half a head":             {"POST / HTTP/1.1\r\nHost: localhost\r\n", ""},
		"a head without end":      {"POST / HTTP/1.1\r\nHost: localhost\r\n", "X-A: b\r\n"},
		"no body":                 {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n", ""},
		"a body that stalls":      {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc", ""},
		"a body byte by byte":     {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", "x"},
		"chunks byte by byte":     {"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
		"nothing after an answer": {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address)
			_, _ = io.WriteString(conn, sends.first)
			stop := make(chan struct{})
			defer close(stop)
			if sends.drop != "" {
				go func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(50 * time.Millisecond):
							_, _ = io.WriteString(conn, sends.drop)
						}
					}
				}()
			}
			cut(t, conn)
		})
	}
}

// A body that nobody reads is not waited for either.
func TestUnreadBody(t *testing.T) {
	t.Parallel()
	address := listen(t, short(), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	conn := dial(t, address)
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
	if answer := cut(t, conn); !strings.HasPrefix(answer, "HTTP/1.1 403") {
		t.Errorf("the answer is %q", answer)
	}
}

// Who goes on is not cut off, although the whole takes many times as long as a
// client may stall: a body in parts, an answer in parts, and a handler that waits
// in between for longer than that. The connection serves the next request, too.
func TestWhoGoesOnIsWaitedFor(t *testing.T) {
	t.Parallel()
	limits := short()
	pause := limits.Stall / 3
	ended := make(chan error, 1)
	address := listen(t, limits, func(w http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Errorf("after %d bytes: %v", n, err)
		}
		select {
		case <-time.After(2 * limits.Stall):
		case <-r.Context().Done():
			t.Errorf("the request ended: %v", r.Context().Err())
		}
		for range 3 {
			_, err := io.WriteString(w, "part\n")
			if err == nil {
				err = http.NewResponseController(w).Flush()
			}
			if err != nil {
				t.Error(err)
			}
			time.Sleep(2 * limits.Stall)
		}
		_, err := io.WriteString(w, "end\n")
		ended <- err
	})
	conn := dial(t, address)
	for range 2 {
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
		for range 10 {
			time.Sleep(pause)
			_, _ = io.WriteString(conn, strings.Repeat("x", 100))
		}
		reader := bufio.NewReader(conn)
		response, err := http.ReadResponse(reader, nil)
		for err == nil && response.StatusCode == http.StatusContinue {
			response, err = http.ReadResponse(reader, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != "part\npart\npart\nend\n" {
			t.Fatalf("answer %q, %v", body, err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A client that takes nothing of its answer is cut off.
func TestWhoReadsNothing(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	address := listen(t, short(), func(w http.ResponseWriter, _ *http.Request) {
		big := make([]byte, 64<<20) // more than the system holds for a connection
		_, err := w.Write(big)
		failed <- err
	})
	conn := dial(t, address)
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	select {
	case err := <-failed:
		if err == nil {
			t.Error("everything was written")
		}
	case <-time.After(15 * time.Second):
		t.Error("the handler still writes")
	}
}

// A head that is too long is refused: first in AWS's words, then in HTTP's.
func TestLongHeads(t *testing.T) {
	t.Parallel()
	address := listen(t, short(), echo)
	for size, want := range map[int]string{1 << 10: "200", 9 << 10: "431", 1 << 20: "431"} {
		conn := dial(t, address)
		go func() {
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonEC2ContainerServiceV20141113.ListClusters\r\nX-A: "+strings.Repeat("a", size)+"\r\n\r\n")
		}()
		answer := cut(t, conn)
		if !strings.HasPrefix(answer, "HTTP/1.1 "+want) {
			t.Errorf("%d bytes: %.100q", size, answer)
		}
		if size == 9<<10 && !strings.Contains(answer, `"__type":"RequestHeaderFieldsTooLargeException"`) {
			t.Errorf("%d bytes: %q", size, answer)
		}
	}
}
