// Package foreign stands for a module from outside.
package foreign

// Name is something to use.
const Name = "foreign"
