package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/internal/hint"
	"gantry/report"
)

type snapshotOptions struct {
	f     *Factory
	file  string
	force bool
}

func newSnapshotCmd(f *Factory, run func(context.Context, *snapshotOptions) error) *cobra.Command {
	o := &snapshotOptions{f: f}
	c := &cobra.Command{
		Use:   "snapshot FILE",
		Short: "Keep the whole world, as it is now, in one file",
		Long: `Write the whole world, as it is at one moment, into one file: everything in all
accounts and Regions, the images, and the clock. The world goes on meanwhile.
The file is a tar.gz; - is standard output. A file that is there already is
replaced with --force only, and at once when the new one is complete.`,
		Example: `  gantry --local emulator snapshot before.tar.gz
  gantry --endpoint-url http://127.0.0.1:4599 emulator snapshot - | ssh host 'cat >world.tar.gz'`,
		Args: arguments(1, "FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			if run == nil {
				run = snapshotRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.force, "force", false, "replace the file if it is there")
	return c
}

func snapshotRun(ctx context.Context, o *snapshotOptions) error {
	if o.file == "-" && isTerminal(o.f.Streams.Out) {
		return hint.As(hint.Usage, hint.With(errors.New("a snapshot is nothing for a terminal"), "lead the output into a file or a pipe, or name a file"))
	}
	if o.file != "-" {
		if err := o.check(); err != nil {
			return err
		}
	}
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	if o.file == "-" {
		return client.Snapshot(ctx, o.f.Streams.Out)
	}
	size, err := o.write(ctx, client)
	if err != nil {
		return err
	}
	o.f.talker().Line("the world is kept in %s (%s)", o.file, report.Bytes(size))
	return nil
}

// check is that the file may be written.
func (o *snapshotOptions) check() error {
	info, err := os.Stat(o.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return hint.As(hint.Usage, fmt.Errorf("%s cannot be written: %w", o.file, err))
	case !info.Mode().IsRegular():
		return hint.As(hint.Usage, fmt.Errorf("%s is no regular file: name one that is, or - for standard output", o.file))
	case !o.force:
		return hint.As(hint.Conflict, hint.With(fmt.Errorf("%s is there already", o.file), "name another file, or replace it with --force"))
	}
	return nil
}

// write writes the snapshot beside its place, and puts it there once it is on the
// disk.
func (o *snapshotOptions) write(ctx context.Context, client *awsapi.Client) (size int64, err error) {
	folder := filepath.Dir(o.file)
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(o.file)+"-*")
	if err != nil {
		return 0, hint.As(hint.Usage, hint.With(fmt.Errorf("no file can be made in %s: %w", folder, err), "name a file in a folder that is there and can be written"))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	err = client.Snapshot(ctx, temporary)
	if err == nil {
		size, err = temporary.Seek(0, io.SeekCurrent)
	}
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return 0, err
	}
	if !o.force {
		// Unlike a rename this replaces no file that came to be meanwhile.
		if err := os.Link(temporary.Name(), o.file); !errors.Is(err, errors.ErrUnsupported) {
			return size, errors.Join(err, os.Remove(temporary.Name()))
		}
	}
	return size, os.Rename(temporary.Name(), o.file)
}

type restoreOptions struct {
	f    *Factory
	file string
}

func newRestoreCmd(f *Factory, run func(context.Context, *restoreOptions) error) *cobra.Command {
	o := &restoreOptions{f: f}
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Make the world what a snapshot has",
		Long: `Make the world what a snapshot has, at once and unasked: whatever is in it now is
gone. It goes on from the time of the snapshot, at its speed; one that was
paused stays so. A file that is damaged, cut off or no snapshot is refused before
anything is changed, and - is standard input.`,
		Example: `  gantry --local emulator restore before.tar.gz
  gantry --local --world copy emulator restore before.tar.gz`,
		Args: arguments(1, "FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			if run == nil {
				run = restoreRun
			}
			return run(c.Context(), o)
		},
	}
}

func restoreRun(ctx context.Context, o *restoreOptions) error {
	file, name, err := o.f.open(o.file)
	if err != nil {
		return err
	}
	defer file.Close()
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	clock, err := client.Restore(ctx, file)
	if err != nil {
		return err
	}
	if o.f.json() {
		return o.f.printer(time.Time{}).JSON(clock)
	}
	o.f.talker().Line("the world is what %s has: %s, %s", name, clock.Now.UTC().Format(clockForm), pace(clock))
	return nil
}
