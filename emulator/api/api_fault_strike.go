package api

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// FaultHeader is on an answer that a fault of the API fell on: NAME=WHAT for each,
// where WHAT is latency, throttle, error or reset.
const FaultHeader = "X-Gantry-Fault"

// What a fault of the API does to a call.
const (
	struckLatency  = "latency"
	struckThrottle = "throttle"
	struckError    = "error"
	struckReset    = "reset"
)

// IsReset reports whether an answer stands for a connection that is to be cut off,
// where the world itself has none to its client.
func IsReset(header http.Header) bool {
	return strings.HasSuffix(header.Get(FaultHeader), "="+struckReset)
}

// blow is what the faults of the API do to one call.
type blow struct {
	latency time.Duration
	what    string // throttle, error, reset, or "" for nothing more
	status  int    // of an error
	header  []string
	counted []string // the faults whose calls are counted
}

// blowOn draws the lots of a call.
func (s *Server) blowOn(service, operation string, now time.Time) blow {
	x := &s.apiFaults
	x.mu.Lock()
	defer x.mu.Unlock()
	var out blow
	for _, f := range x.list {
		a := f.API
		if !f.falls(service, operation, now) {
			continue
		}
		struck := ""
		if total := a.Throttle + a.Error + a.Reset; total > 0 && out.what == "" {
			call := service + "." + operation
			switch at := lot(x.seed, f.Name, call, x.call(f.Name, call)); {
			case at < a.Throttle:
				struck = struckThrottle
			case at < a.Throttle+a.Error:
				struck = struckError
			case at < total:
				struck = struckReset
			}
		}
		if a.Latency == 0 && struck == "" {
			continue
		}
		if a.Latency > 0 {
			out.latency += a.Latency.Duration()
			out.header = append(out.header, f.Name+"="+struckLatency)
		}
		if struck != "" {
			out.what, out.status = struck, a.ErrorStatus
			out.header = append(out.header, f.Name+"="+struck)
		}
		if a.Count > 0 {
			f.Hits++
			out.counted = append(out.counted, f.Name)
		}
	}
	return out
}

// strike lets the faults of the API fall on a call. It reports whether that answered
// it; refuse writes a failure in the call's protocol.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, service, operation string, refuse func(failure)) (struck bool) {
	if !s.apiFaults.known.Load() {
		if err := s.loadAPIFaults(); err != nil {
			refuse(failureOf(err))
			return true
		}
	}
	if !s.apiFaults.some.Load() {
		return false
	}
	b := s.blowOn(service, operation, s.cfg.World.Now())
	if len(b.header) == 0 {
		return false
	}
	w.Header().Set(FaultHeader, strings.Join(b.header, ", "))
	s.log.Info("a fault fell on a call", "operation", service+"."+operation, "faults", b.header)
	if err := s.countCalls(b.counted); err != nil {
		refuse(failureOf(err))
		return true
	}
	if b.latency > 0 {
		timer := time.NewTimer(b.latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	x := brokenDown(b.status)
	switch b.what {
	case struckThrottle:
		x = failure{status: http.StatusBadRequest, code: codeThrottling, message: "Rate exceeded"}
		fallthrough
	case struckError:
		refuses(w, x.code)
		refuse(x)
	case struckReset:
		Cut(w, r)
	default:
		return false
	}
	return true
}

// countCalls keeps how many calls the faults have fallen on that end after some.
func (s *Server) countCalls(names []string) error {
	if len(names) == 0 {
		return nil
	}
	return s.update(func(tx *store.Tx) error {
		for _, name := range names {
			var f apiFault
			ok, err := tx.Document(kindAPIFault, name, &f)
			if err != nil || !ok { // it was ended meanwhile
				return err
			}
			f.Hits++
			if err := tx.PutDocument(kindAPIFault, name, f); err != nil {
				return err
			}
		}
		return nil
	})
}

const (
	codeThrottling         = "ThrottlingException"
	codeInternalFailure    = "InternalFailure"
	codeServiceUnavailable = "ServiceUnavailable"
)

// brokenDown is a failure of the service, by its status: the errors that all
// operations have in common [API: Common Errors].
func brokenDown(status int) failure {
	if status == http.StatusServiceUnavailable {
		return failure{status: status, code: codeServiceUnavailable, message: "The request has failed due to a temporary failure of the server."}
	}
	return failure{status: http.StatusInternalServerError, code: codeInternalFailure,
		message: "The request processing has failed because of an unknown error, exception or failure."}
}

// inProtocol is a failure that a fault made up as the service would tell it: each
// protocol has codes of its own for that.
func (f *family) inProtocol(p protocol, x failure) failure {
	switch p.(type) {
	case ec2Protocol: // [EC2 API: Error codes]
		switch x.code {
		case codeThrottling:
			return failure{status: http.StatusServiceUnavailable, code: "RequestLimitExceeded", message: "Request limit exceeded."}
		case codeServiceUnavailable:
			return failure{status: x.status, code: "Unavailable", message: "The server is overloaded and can't handle the request."}
		case codeInternalFailure:
			return failure{status: x.status, code: "InternalError", message: "An internal error has occurred."}
		}
	case queryProtocol: // [AWS Query: Throttling]
		if x.code == codeThrottling {
			x.code = "Throttling"
		}
	}
	return x
}

// Cut cuts the connection of a call off, as a network does that fails: the client is
// told nothing. Where there is no connection of its own, or it leads to another
// process of this machine, the answer says that whoever has it is to be cut off.
func Cut(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor > 1 {
		panic(http.ErrAbortHandler) // resets the stream
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer conn.Close()
	if slices.Contains([]string{"unix", "unixgram", "unixpacket"}, conn.LocalAddr().Network()) {
		_, _ = io.WriteString(conn, "HTTP/1.1 502 Bad Gateway\r\n"+FaultHeader+": "+w.Header().Get(FaultHeader)+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") // the client may be gone
		return
	}
	reset(conn)
}

// reset lets a connection end in a reset, and not in its orderly end.
func reset(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // else it ends in order
	}
	_ = conn.Close() // it is over either way
}

// apiFaultText says what a fault of the API does.
func apiFaultText(f *ecs.APIFault) string {
	var what []string
	say := func(set bool, format string, args ...any) {
		if set {
			what = append(what, fmt.Sprintf(format, args...))
		}
	}
	say(f.Throttle > 0, "%g%% are throttled", 100*f.Throttle)
	say(f.Error > 0, "%g%% fail with %d", 100*f.Error, max(f.ErrorStatus, http.StatusInternalServerError))
	say(f.Reset > 0, "%g%% are cut off", 100*f.Reset)
	say(f.Latency > 0, "take %s longer", f.Latency)
	if f.LateEvents > 0 || f.DuplicateEvents > 0 {
		say(f.LateEvents > 0, "are late by up to %s", f.LateEvents)
		say(f.DuplicateEvents > 0, "%g%% come twice", 100*f.DuplicateEvents)
		return "log events: " + strings.Join(what, ", ")
	}
	on := "calls"
	switch {
	case f.Operation != "" && f.Service != "":
		on = "calls of " + f.Service + " " + f.Operation
	case f.Operation != "" || f.Service != "":
		on = "calls of " + f.Operation + f.Service
	}
	if f.Count > 0 {
		on = fmt.Sprintf("the first %d that it falls on of %s", f.Count, on)
	}
	return on + ": " + strings.Join(what, ", ")
}
