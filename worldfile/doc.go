// Package worldfile reads the description of an emulated world: its machines,
// clusters, images, services and faults. The file is YAML or JSON, and what is
// wrong in it is told with file, line and column before anything is made:
//
//	file, findings, err := worldfile.Read(r, "world.yaml", open)
//	for _, step := range file.Steps() {
//		… // the operations that make what it describes, in their order
//	}
//
// Documents of AWS (clusters, capacity providers, task definitions, services) stand
// in it as the API takes them.
//
// Floor 3, over taskdef, whose reader it uses.
//
// The package opens no file of its own and calls nobody.
package worldfile
