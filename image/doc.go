// Package image holds container images as values: opened from a docker-archive
// tarball, an OCI image layout (a folder, or packed in a tarball) or the local
// Docker engine, and pushed to a registry with progress.
//
// Floor 2: of ours it imports internal/hint alone; the formats and the registry
// protocol are go-containerregistry's, the engine is Docker's own client.
//
//	img, err := image.Open(ctx, "web.tar", image.Options{})
//	if err != nil { … }
//	defer img.Close()
//	result, err := image.Push(ctx, img, image.Destination{
//		Host: "123456789012.dkr.ecr.us-east-1.amazonaws.com", Repository: "web", Tag: "v1",
//		Username: "AWS", Password: token,
//	}, func(p image.Progress) { … })
//
// Errors are sentences with their kind and next step attached (hint.KindOf,
// hint.Of): a file that is not there is hint.Usage, an image that the engine does
// not have hint.NotFound, a source that is no image hint.Invalid, a refused push
// hint.Denied or hint.Conflict.
//
// The package never builds an image, never runs one, never reads a registry's
// credentials from the machine and never makes a repository: who pushes hands in
// the password and sees to the repository.
package image
