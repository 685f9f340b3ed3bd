package workflow

// PushProgress is how far one layer of an image is on its way.
type PushProgress struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
	Sent   int64  `json:"sent"`
	Done   bool   `json:"done"`
	Exists bool   `json:"exists"` // it was there and was skipped
}

// Pushed is what a push did.
type Pushed struct {
	Digest  string
	Pushed  int // layers sent
	Skipped int // layers that were there
}
