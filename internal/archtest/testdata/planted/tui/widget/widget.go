package widget

import "planted/ecs"

// Lost is a noun.
var Lost = ecs.ErrNone

// Name is something to use.
const Name = "widget"
