package emulator

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// guarded keeps the pages that a browser shows away from a world that is served
// on this machine: the emulator lets everybody in who can reach it, and a
// browser can, on behalf of whoever wrote the page.
//
// A script's requests to another host carry an Origin, and so does the question
// whether they are allowed (preflight). A picture, a link or a form of a page
// may come without, but browsers say what kind of page it is from; "none" is a
// person who typed the address. A page that had its own host's name point here
// (DNS rebinding) asks under that name. The clients of AWS and Docker do none of
// this.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		switch {
		case r.Header.Get("Origin") != "", r.Header.Get("Access-Control-Request-Method") != "", site != "" && site != "none":
			deny(w, "The emulator answers no scripts and pages in browsers.")
		case onLoopback(r) && !localName(r.Host):
			deny(w, fmt.Sprintf("The emulator does not answer for the host %.100q; use 127.0.0.1 or localhost.", r.Host))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func deny(w http.ResponseWriter, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "AccessDeniedException", "message": message}) // the client may be gone
}

// onLoopback reports whether a request came in on an address of this machine.
func onLoopback(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return ok && local.IP.IsLoopback()
}

// localName reports whether a host can be one that nobody elsewhere gives out: an
// address, a name without a domain, or one of the domains that are never public.
// Names of AWS are those of requests that were led here on purpose. The SDKs put
// a word before the host for some operations (stream-127.0.0.1 for StartLiveTail,
// data- for DiscoverInstances).
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") {
		return true
	}
	if _, address, ok := strings.Cut(host, "-"); ok && net.ParseIP(address) != nil {
		return true
	}
	for _, domain := range []string{".localhost", ".internal", ".local", ".test", ".amazonaws.com", ".amazonaws.com.cn"} {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}
