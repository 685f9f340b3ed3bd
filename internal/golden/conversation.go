package golden

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Speaker answers the commands of a conversation by writing to what Conversations
// gave it.
type Speaker func(words []string) error

// Conversations holds every conversation in testdata and its folders, the files
// *.txt: of commands (lines that begin with "> "), of comments (lines that begin
// with "#"), and below each command what was answered, which is compared and
// which -update writes.
func Conversations(t *testing.T, begin func(t *testing.T, out *strings.Builder) Speaker) {
	t.Helper()
	for _, name := range conversations(t, os.DirFS("testdata")) {
		t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
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

// conversations are the names of the files below a folder, with forward slashes.
func conversations(t testing.TB, folder fs.FS) (names []string) {
	t.Helper()
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".txt" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	return names
}
