// Package registry is the image-pushing half of the emulator's ECR: a registry
// that speaks the OCI distribution protocol (and Docker's, version 2) to docker,
// crane and every other client, and gives the data operations that ECR's own
// API needs, both on the same repositories.
//
// Floor 6: it may use net/http and bbolt. It knows no wire shape of ECR; the
// rooms above turn its plain values and its Error into those.
//
//	images, err := registry.Open(db, filepath.Join(world, "blobs"), time.Now)
//	_, err = images.CreateRepository(registry.Repository{Name: "web"})
//	http.ListenAndServe("127.0.0.1:4599", images.Handler(registry.Access{}))
//
// Metadata (repositories, manifests, tags) lives in buckets of the database
// whose names start with "ecr/"; layers and configs are files named by their
// digest, written beside their place and renamed into it. So what was pushed
// survives the process, and a push that was cut off leaves nothing behind but
// an unfinished upload, which can go on where it stopped.
//
// The protocol half of go-containerregistry's pkg/registry is not used, although
// the tests drive this package with that module's client: its manifests live in
// memory only, its repositories come into being by being written to (ECR refuses
// that), and its uploads are neither bound to a repository nor kept on disk, so
// only the path routing would have been left of it.
//
// The package never contacts a network, never creates a repository because an
// image was pushed to it, never resolves image references of other registries,
// and never calls its caller's hooks while it holds a lock or a transaction. Its
// methods open transactions of their own: do not call them from inside one.
package registry
