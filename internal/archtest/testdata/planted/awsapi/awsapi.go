package awsapi

// Name is something to use.
const Name = "awsapi"
