package awsapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Snapshot writes the emulated world, all of it as it is at one moment, to a file.
func (c *Client) Snapshot(ctx context.Context, to io.Writer) error {
	const doing = "take a snapshot of the world"
	if err := c.mustBeEmulator(ctx, doing); err != nil {
		return err
	}
	res, err := c.send(ctx, http.MethodGet, "snapshot", "application/json", http.NoBody, sumOf(nil))
	if err != nil {
		return c.adminFailure("", doing, err)
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); kind != "application/gzip" {
		return c.adminFailure("", doing, &Error{Status: res.StatusCode, Message: "the answer is no snapshot"})
	}
	sink := &sink{to: to}
	if _, err = io.Copy(sink, res.Body); err == nil || sink.err != nil {
		return sink.err
	}
	return c.adminFailure("", doing, fmt.Errorf("the snapshot broke off: %w", err))
}

// sink remembers that writing failed: io.Copy does not tell which side did.
type sink struct {
	to  io.Writer
	err error
}

func (s *sink) Write(p []byte) (n int, err error) {
	n, s.err = s.to.Write(p)
	return n, s.err
}

// Restore makes the emulated world what a snapshot has, and returns its clock.
func (c *Client) Restore(ctx context.Context, from io.Reader) (Clock, error) {
	const doing = "restore the world"
	var clock Clock
	if err := c.mustBeEmulator(ctx, doing); err != nil {
		return clock, err
	}
	sum, err := sumAhead(from)
	if err != nil {
		return clock, err
	}
	res, err := c.send(ctx, http.MethodPost, "restore", "application/gzip", from, sum)
	if err != nil {
		return clock, c.adminFailure("", doing, err)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, adminMost))
	if err = errors.Join(err, res.Body.Close()); err == nil {
		err = json.Unmarshal(data, &clock)
	}
	return clock, c.adminFailure("", doing, err)
}

// sumAhead is the checksum of what is to be sent, which is read once for that and
// is where it was then. What can be read only once is sent without one, which an
// emulator that asks for signatures refuses.
func sumAhead(from io.Reader) (string, error) {
	file, ok := from.(io.ReadSeeker)
	if !ok {
		return "UNSIGNED-PAYLOAD", nil
	}
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return "UNSIGNED-PAYLOAD", nil //nolint:nilerr // a pipe, which has no place to go back to
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	_, err = file.Seek(start, io.SeekStart)
	return hex.EncodeToString(sum.Sum(nil)), err
}
