package plan

// Breach is of no type that is known.
func Breach() Unknown { return nil }
