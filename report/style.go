package report

import "charm.land/lipgloss/v2"

// Style draws words with or without colour. Colour is never the only signal:
// whatever is coloured also says its meaning in words or by a symbol.
type Style struct {
	Color bool
}

// The colours are the terminal's own sixteen, so they follow its theme.
func (s Style) paint(text string, style lipgloss.Style) string {
	if !s.Color || text == "" {
		return text
	}
	return style.Render(text)
}

// Good is for what has gone well.
func (s Style) Good(text string) string {
	return s.paint(text, lipgloss.NewStyle().Foreground(lipgloss.Green))
}

// Bad is for what has failed.
func (s Style) Bad(text string) string {
	return s.paint(text, lipgloss.NewStyle().Foreground(lipgloss.Red))
}

// Warn is for what wants attention.
func (s Style) Warn(text string) string {
	return s.paint(text, lipgloss.NewStyle().Foreground(lipgloss.Yellow))
}

// Dim is for what is less important than its neighbours.
func (s Style) Dim(text string) string {
	return s.paint(text, lipgloss.NewStyle().Faint(true))
}

// Bold is for names and headings.
func (s Style) Bold(text string) string {
	return s.paint(text, lipgloss.NewStyle().Bold(true))
}

// Stream paints text in one of six colours, the same for the same key: log
// lines of one stream can be told apart from those of the next.
func (s Style) Stream(key, text string) string {
	hash := uint32(2166136261) // FNV-1a, so that a stream keeps its colour from run to run
	for i := range len(key) {
		hash = (hash ^ uint32(key[i])) * 16777619
	}
	palette := [...]lipgloss.Style{
		lipgloss.NewStyle().Foreground(lipgloss.Cyan),
		lipgloss.NewStyle().Foreground(lipgloss.Magenta),
		lipgloss.NewStyle().Foreground(lipgloss.Blue),
		lipgloss.NewStyle().Foreground(lipgloss.Green),
		lipgloss.NewStyle().Foreground(lipgloss.Yellow),
		lipgloss.NewStyle().Foreground(lipgloss.BrightCyan),
	}
	return s.paint(text, palette[hash%uint32(len(palette))])
}

// Status paints a status word of ECS by what it means.
func (s Style) Status(word string) string {
	switch word {
	case "ACTIVE", "RUNNING", "PRIMARY", "COMPLETED", "HEALTHY", "SUCCESSFUL":
		return s.Good(word)
	case "FAILED", "UNHEALTHY", "ROLLBACK_FAILED", "REGISTRATION_FAILED":
		return s.Bad(word)
	case "PENDING", "PROVISIONING", "ACTIVATING", "IN_PROGRESS", "DRAINING", "STOPPING", "DEACTIVATING", "DEPROVISIONING",
		"STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL":
		return s.Warn(word)
	case "INACTIVE", "STOPPED", "DELETED", "UNKNOWN":
		return s.Dim(word)
	}
	return word
}
