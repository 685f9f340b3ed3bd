// Package archive is the file that a whole world is kept in: a tar, compressed
// with gzip, so that any tar lists and unpacks it.
//
// Floor 6, a part of emulator: it imports the standard library alone.
//
//	snapshot.json                          what it is: its kind, version and moment
//	world.db                               the home realm
//	blobs/sha256/DIGEST                    its layers of images
//	realms/ACCOUNT.REGION/world.db         each other realm
//	realms/ACCOUNT.REGION/blobs/sha256/…
//	SHA256SUMS                             of all of them, as sha256sum writes it
//
// A file without its last entry is cut off, and one whose sums differ is damaged:
// Unpack refuses both. The package does not know what is in the files.
package archive
