package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Speaker answers the commands of a conversation by writing to what Conversations
// gave it.
type Speaker func(words []string) error

// Conversations holds every conversation in testdata/*.txt: files of commands
// (lines that begin with "> "), of comments (lines that begin with "#"), and below
// each command what was answered, which is compared and which -update writes.
func Conversations(t *testing.T, begin func(t *testing.T, out *strings.Builder) Speaker) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			say := begin(t, &out)
			for line := range strings.SplitSeq(string(data), "\n") {
				command, spoken := strings.CutPrefix(line, "> ")
				if !spoken && !strings.HasPrefix(line, "#") {
					continue // an answer of the last time
				}
				fmt.Fprintln(&out, line)
				if !spoken {
					continue
				}
				if err := say(strings.Fields(command)); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
			}
			AssertString(t, name, out.String())
		})
	}
}
