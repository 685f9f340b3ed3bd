package progress

import (
	"fmt"
	"slices"
	"time"

	"gantry/image"
	"gantry/report"
)

// layersShown is how many layers have a row of their own.
const layersShown = 8

// push is how far the layers of an image are.
type push struct {
	layers    []image.Progress // in the order in which they were first heard of
	startedAt time.Time
}

func (p push) any() bool { return len(p.layers) > 0 }

func (p push) apply(layer image.Progress, now time.Time) push {
	if !p.any() {
		p.startedAt = now
	}
	i := slices.IndexFunc(p.layers, func(l image.Progress) bool { return l.Digest == layer.Digest })
	if i < 0 {
		p.layers = append(slices.Clone(p.layers), layer)
		return p
	}
	p.layers = slices.Clone(p.layers)
	p.layers[i] = layer
	return p
}

// arrived is how much of a layer the registry has.
func arrived(l image.Progress) int64 {
	if over(l) {
		return l.Size
	}
	return min(l.Sent, l.Size)
}

func over(l image.Progress) bool { return l.State == image.Pushed || l.State == image.Exists }

// rows are a heading with the sum, and the layers that are not there yet; a line
// above the block has told about the others.
func (p push) rows(l look, width int, sign string, now time.Time) []row {
	var open []image.Progress
	var total, sent int64
	for _, layer := range p.layers {
		total += layer.Size
		sent += arrived(layer)
		if !over(layer) {
			open = append(open, layer)
		}
	}
	doing := fmt.Sprintf("%d/%d layers  %d%%  %s of %s", len(p.layers)-len(open), len(p.layers),
		percent(sent, total), report.Bytes(sent), report.Bytes(total))
	rows := []row{{text: l.heading(sign, "pushing image", doing, clockText(now.Sub(p.startedAt)), width)}}

	// Those on their way come before those that wait.
	slices.SortStableFunc(open, func(a, b image.Progress) int { return waiting(a) - waiting(b) })
	for _, layer := range open[:min(len(open), layersShown)] {
		rows = append(rows, row{text: l.layer(layer, width), rank: 1})
	}
	if more := len(open) - layersShown; more > 0 {
		rows = append(rows, row{text: l.style.Dim(fmt.Sprintf("  +%d more", more)), rank: 2})
	}
	return rows
}

func waiting(l image.Progress) int {
	if l.State == image.Waiting {
		return 1
	}
	return 0
}

func (l look) layer(p image.Progress, width int) string {
	left := "  " + report.ShortDigest(p.Digest) + "  "
	text := fmt.Sprintf("%3d%%  %s of %s", percent(arrived(p), p.Size), report.Bytes(arrived(p)), report.Bytes(p.Size))
	if p.State == image.Waiting {
		text = "waiting  " + report.Bytes(p.Size)
	}
	cells := min(30, width-len(left)-2-29)
	if cells < 8 {
		cells = max(0, min(8, width-len(left)-2-4))
	}
	done := int(percent(arrived(p), p.Size))
	return left + l.bar(done, 0, 100, -1, cells, l.style.Good) + "  " + text
}

func percent(part, whole int64) int64 {
	if whole <= 0 {
		return 100
	}
	return part * 100 / whole
}
