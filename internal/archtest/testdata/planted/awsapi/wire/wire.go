package wire

// Name is something to use.
const Name = "wire"
