package image

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"gantry/internal/hint"
)

// sampleAssetBytes is the size of a file in the base layer that does not
// compress, so that pushing the base takes a visible moment and the version on
// top of it next to none.
const sampleAssetBytes = 1 << 20

// sampleTime is the time of everything in a sample: its digest must not depend
// on when it was made.
func sampleTime() time.Time { return time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC) }

// Sample makes a small web service's image, for demonstrations and tests. It is
// a real one: its program is an x86-64 Linux executable that says which version
// it is and then waits. The same version gives the same digest; two versions
// share their base layer and differ in the layer on top.
func Sample(version string) (*Image, error) {
	if !validTag(version) {
		return nil, hint.As(hint.Usage, fmt.Errorf("make the sample image: %q is no version that could be a tag", version))
	}
	img, err := buildSample(version)
	if err != nil {
		return nil, fmt.Errorf("make the sample image %s: %w", version, err)
	}
	return newImage("sample:"+version, Built, img)
}

func buildSample(version string) (v1.Image, error) {
	base, err := layerOf(
		file{name: "etc/os-release", content: []byte("ID=gantry-sample\nNAME=\"gantry sample base\"\nVERSION_ID=1\n")},
		file{name: "etc/passwd", content: []byte("web:x:1000:1000:web:/srv:/sbin/nologin\n")},
		file{name: "etc/group", content: []byte("web:x:1000:\n")},
		file{name: "usr/share/sample/assets.bin", content: sampleAssets()},
	)
	if err != nil {
		return nil, err
	}
	service, err := layerOf(
		file{name: "srv/serve", content: sampleProgram("sample web service " + version + " is listening on port 8080\n"), executable: true},
		file{name: "srv/VERSION", content: []byte(version + "\n")},
		file{name: "srv/public/index.html", content: []byte("<!doctype html>\n<title>sample " + version + "</title>\n<h1>Version " + version + "</h1>\n")},
	)
	if err != nil {
		return nil, err
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err = mutate.Append(img,
		mutate.Addendum{Layer: base, History: sampleStep("the base: users and assets")},
		mutate.Addendum{Layer: service, History: sampleStep("the service, version " + version)},
	)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	config.Created = v1.Time{Time: sampleTime()}
	config.Config = v1.Config{
		User: "1000:1000", WorkingDir: "/srv", Cmd: []string{"/srv/serve"},
		Env:          []string{"PATH=/srv", "VERSION=" + version},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Labels: map[string]string{
			"org.opencontainers.image.title":   "sample web service",
			"org.opencontainers.image.version": version,
		},
		// The program handles no signal, and as process 1 it would sit out SIGTERM.
		StopSignal: "SIGKILL",
	}
	return mutate.ConfigFile(img, config)
}

func sampleStep(what string) v1.History {
	return v1.History{Created: v1.Time{Time: sampleTime()}, CreatedBy: "gantry sample", Comment: what}
}

type file struct {
	name       string
	content    []byte
	executable bool
}

func layerOf(files ...file) (v1.Layer, error) {
	var packed bytes.Buffer
	writer := tar.NewWriter(&packed)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.content)), ModTime: sampleTime(), Typeflag: tar.TypeReg}
		if f.executable {
			header.Mode = 0o755
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(packed.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

// sampleAssets are bytes without a pattern, the same every time.
func sampleAssets() []byte {
	assets := make([]byte, sampleAssetBytes)
	_, _ = rand.NewChaCha8([32]byte{'s', 'a', 'm', 'p', 'l', 'e'}).Read(assets) // it cannot fail
	return assets
}

// The layout of the smallest Linux executable: the ELF header, one program
// header that maps the file, the code, the text it prints.
const (
	elfAddress    = 0x400000
	elfHeaderSize = 64
	elfEntrySize  = 56
)

// sampleProgram is an x86-64 Linux executable that writes text and then pauses
// until it is killed.
func sampleProgram(text string) []byte {
	code := []byte{
		0xb8, 1, 0, 0, 0, // mov eax, 1 (write)
		0xbf, 1, 0, 0, 0, // mov edi, 1 (standard output)
		0x48, 0x8d, 0x35, 16, 0, 0, 0, // lea rsi, [rip+16] (the text, after the code)
		0xba, 0, 0, 0, 0, // mov edx, length (filled in below)
		0x0f, 0x05, // syscall
		0xb8, 34, 0, 0, 0, // mov eax, 34 (pause)
		0x0f, 0x05, // syscall
		0xeb, 0xf7, // jmp to the second mov eax
	}
	binary.LittleEndian.PutUint32(code[18:], uint32(len(text)))
	size := uint64(elfHeaderSize + elfEntrySize + len(code) + len(text))

	program := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	little := binary.LittleEndian
	program = little.AppendUint16(program, 2)                                            // an executable
	program = little.AppendUint16(program, 62)                                           // for x86-64
	program = little.AppendUint32(program, 1)                                            // ELF version
	program = little.AppendUint64(program, elfAddress+elfHeaderSize+elfEntrySize)        // where it starts
	program = little.AppendUint64(program, elfHeaderSize)                                // where the program header is
	program = little.AppendUint64(program, 0)                                            // no sections
	program = little.AppendUint32(program, 0)                                            // no flags
	for _, half := range []uint16{elfHeaderSize, elfEntrySize, 1, elfHeaderSize, 0, 0} { // sizes and counts
		program = little.AppendUint16(program, half)
	}
	program = little.AppendUint32(program, 1)                                      // map this
	program = little.AppendUint32(program, 5)                                      // to read and execute
	for _, word := range []uint64{0, elfAddress, elfAddress, size, size, 0x1000} { // from, to, to, bytes, bytes, alignment
		program = little.AppendUint64(program, word)
	}
	return append(append(program, code...), text...)
}
