package bench

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"
)

// patience is how long one answer may take.
const patience = time.Minute

// conn is a client's connection to a server. It costs less than net/http's
// client, since the client shares the machine with what it measures: requests
// are bytes that were made before, and answers are not looked into.
type conn struct {
	target *url.URL
	net    net.Conn // nil when there is none
	read   *bufio.Reader
}

func newConn(target *url.URL) *conn {
	return &conn{target: target, read: bufio.NewReaderSize(nil, 64<<10)}
}

func (c *conn) dial() (err error) {
	dialer := &net.Dialer{Timeout: patience}
	address := c.target.Host
	secure := c.target.Scheme == "https"
	if c.target.Port() == "" {
		port := "80"
		if secure {
			port = "443"
		}
		address = net.JoinHostPort(c.target.Hostname(), port)
	}
	if secure {
		c.net, err = tls.DialWithDialer(dialer, "tcp", address, &tls.Config{MinVersion: tls.VersionTLS12})
	} else {
		c.net, err = dialer.Dial("tcp", address)
	}
	if err != nil {
		c.net = nil
		return err
	}
	c.read.Reset(c.net)
	return nil
}

func (c *conn) close() {
	if c.net != nil {
		_ = c.net.Close()
		c.net = nil
	}
}

// do sends a request and reads the answer, whose body goes to into, or nowhere
// when that is nil. A server that closes the connection is dialled again.
func (c *conn) do(request []byte, into *bytes.Buffer) (status int, err error) {
	again := c.net != nil // one that was open may have been closed meanwhile
	for {
		if c.net == nil {
			if err := c.dial(); err != nil {
				return 0, err
			}
		}
		status, err = c.once(request, into)
		if err == nil {
			return status, nil
		}
		c.close()
		if !again || !errors.Is(err, io.EOF) {
			return 0, err
		}
		again = false
	}
}

func (c *conn) once(request []byte, into *bytes.Buffer) (int, error) {
	if err := c.net.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	if _, err := c.net.Write(request); err != nil {
		return 0, err
	}
	h, err := c.head()
	if err != nil {
		return 0, err
	}
	var body io.Reader
	switch {
	case h.chunked:
		body = httputil.NewChunkedReader(c.read)
	case h.length >= 0:
		body = io.LimitReader(c.read, h.length)
	default:
		body, h.last = c.read, true
	}
	if into == nil {
		var n int64
		if h.chunked || h.length < 0 {
			n, err = io.Copy(io.Discard, body)
		} else {
			var discarded int
			discarded, err = c.read.Discard(int(h.length))
			n = int64(discarded)
		}
		if err == nil && n == 0 {
			err = errors.New("an answer was empty")
		}
	} else {
		into.Reset()
		_, err = into.ReadFrom(body)
	}
	if err == nil && h.chunked { // the line after the last chunk
		_, err = c.read.ReadSlice('\n')
	}
	if h.last {
		c.close()
	}
	return h.status, err
}

// head is what matters of the head of an answer.
type head struct {
	status  int
	length  int64 // -1: not told
	chunked bool
	last    bool // the server closes the connection
}

func (c *conn) head() (head, error) {
	h := head{length: -1}
	line, err := c.read.ReadSlice('\n')
	if err != nil {
		return h, err
	}
	parts := bytes.Fields(line)
	if len(parts) < 2 || !bytes.HasPrefix(parts[0], []byte("HTTP/")) {
		return h, fmt.Errorf("this is no answer of HTTP: %.80q", line)
	}
	if h.status, err = strconv.Atoi(string(parts[1])); err != nil {
		return h, fmt.Errorf("this is no answer of HTTP: %.80q", line)
	}
	h.last = bytes.Equal(parts[0], []byte("HTTP/1.0"))
	for {
		if line, err = c.read.ReadSlice('\n'); err != nil {
			return h, err
		}
		name, value, ok := bytes.Cut(bytes.TrimSpace(line), []byte(":"))
		if !ok {
			return h, nil // the empty line
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if h.length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return h, fmt.Errorf("the length of an answer is %.40q", value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			h.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			h.last = h.last || bytes.EqualFold(value, []byte("close"))
		}
	}
}
