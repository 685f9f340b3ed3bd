package report

// Name is something to use; the package has no doc.go.
const Name = "report"
