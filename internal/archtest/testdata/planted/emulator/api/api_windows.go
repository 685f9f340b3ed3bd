package api

import "planted/tui"

// Platform imports upwards on one platform only.
const Platform = tui.Name
