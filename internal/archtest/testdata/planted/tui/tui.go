package tui

import "planted/tui/widget"

// Name is something to use.
const Name = widget.Name
