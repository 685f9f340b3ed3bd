package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/PID/stat: Linux gives hundredths of a
// second on every machine that Go runs on.
const tick = 10 * time.Millisecond

// cpu is the processor's time that the server took since it was started, in user
// and system mode; false where the system does not tell.
func (s *server) cpu() (time.Duration, bool) {
	if s.pid == 0 {
		return 0, false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		return 0, false
	}
	_, rest, _ := bytes.Cut(stat, []byte(") ")) // the name of the command may have spaces in it
	fields := strings.Fields(string(rest))
	const user, system = 11, 12 // fields 14 and 15, of which the first two are cut off, from 0
	if len(fields) <= system {
		return 0, false
	}
	u, err1 := strconv.ParseInt(fields[user], 10, 64)
	k, err2 := strconv.ParseInt(fields[system], 10, 64)
	return time.Duration(u+k) * tick, err1 == nil && err2 == nil
}

// memory is what the server has in memory, in MiB: all of it; of that, its share
// when pages that others have, too, count in parts; and what it has to itself,
// without the pages of its program and of files, which the system can drop.
func (s *server) memory() (resident, proportional, own float64, ok bool) {
	rss, ok1 := s.kilobytes("status", "VmRSS:")
	pss, ok2 := s.kilobytes("smaps_rollup", "Pss:")
	anonymous, ok3 := s.kilobytes("status", "RssAnon:")
	return rss / 1024, pss / 1024, anonymous / 1024, ok1 && ok2 && ok3
}

func (s *server) kilobytes(file, name string) (float64, bool) {
	if s.pid == 0 {
		return 0, false
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.pid, file))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return n, err == nil
		}
	}
	return 0, false
}

// syncs asks the server when it brings changes to the disk; "" when it does not
// tell.
func (s *server) syncs(ctx context.Context) string {
	text, err := s.get(ctx, "/_gantry/world")
	if err != nil {
		return ""
	}
	var world struct {
		Sync string `json:"sync"`
	}
	if json.Unmarshal(text, &world) != nil {
		return ""
	}
	return world.Sync
}
