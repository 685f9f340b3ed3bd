// This comment begins in a way that go doc does not know.
package awsapi
