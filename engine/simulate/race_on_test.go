//go:build race

package simulate_test

// raceDetector says that the race detector is on, which makes the laws ten
// times as slow: worlds are shorter then.
const raceDetector = true
