package emulator

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
)

// logName is the name of the file in a world's folder that has what nobody was
// there to be told: where the emulator failed, and why.
const logName = "emulator.log"

// longestLog bounds that file: past it, it begins anew.
const longestLog = 1 << 20

// worldLog writes warnings and errors into the folder of a world.
func worldLog(dir string) *slog.Logger {
	return slog.New(slog.NewTextHandler(logFile(filepath.Join(dir, logName)), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// logFile is a file that comes to be with the first line, and is open only while
// one is written.
type logFile string

func (f logFile) Write(line []byte) (int, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(string(f)); err == nil && info.Size() > longestLog {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(string(f), flags, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := file.Write(line)
	return n, errors.Join(err, file.Close())
}
