package store

// Documents are the records of the services around ECS: what they are is known
// to those services alone. Each is a JSON object under a kind, such as
// "elbv2/target-group", and a key.

// PutDocument keeps a document.
func (t *Tx) PutDocument(kind, key string, document any) error {
	return t.put(bucketDocuments, join(kind, key), document)
}

// Document reads a document into what into points to.
func (t *Tx) Document(kind, key string, into any) (bool, error) {
	return t.get(bucketDocuments, join(kind, key), into)
}

// DeleteDocument deletes a document; one that is not there is gone already.
func (t *Tx) DeleteDocument(kind, key string) error {
	return t.delete(bucketDocuments, join(kind, key))
}

// Documents reads all documents of a kind whose keys begin with prefix, in order
// of their keys.
func Documents[T any](t *Tx, kind, prefix string) ([]T, error) {
	return all[T](t, bucketDocuments, join(kind, prefix))
}
