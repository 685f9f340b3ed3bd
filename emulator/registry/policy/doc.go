// Package policy reads the lifecycle policies of Amazon ECR and says what they
// do: which images of a repository expire, which ones move to the archive, and by
// which rule.
//
// Floor 6, and pure: it is given the images and the time, and it deletes nothing.
//
//	p, err := policy.Parse(text) // err says what ECR would say
//	for _, decision := range p.Decide(images, now) { … }
//
// The rules of evaluation are those of the user guide of ECR, "Automate the
// cleanup of images by using lifecycle policies" [ECR-UG], whose sentences the
// code cites.
package policy
