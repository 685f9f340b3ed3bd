package api

import (
	"encoding/json"
	"fmt"

	"gantry/awsapi/wire"
	"gantry/emulator/store"
)

// What ECS has beside its clusters is kept as the SDK's own shapes, in AWS JSON:
// unions and members that nobody reads here come back as they were given.

// putShape keeps a shape of the SDK as a document.
func putShape[T any](tx *store.Tx, kind, key string, shape *T) error {
	encoded, err := wire.Encode(shape)
	if err != nil {
		return fmt.Errorf("keep the %s %s: %w", kind, key, err)
	}
	return tx.PutDocument(kind, key, json.RawMessage(encoded))
}

// shapeOf reads a shape that was kept; it is nil when there is none.
func shapeOf[T any](tx *store.Tx, kind, key string) (*T, error) {
	var raw json.RawMessage
	if ok, err := tx.Document(kind, key, &raw); err != nil || !ok {
		return nil, err
	}
	return readShape[T](kind, raw)
}

// shapesOf reads all shapes of a kind whose keys begin with prefix, in order of
// their keys.
func shapesOf[T any](tx *store.Tx, kind, prefix string) ([]T, error) {
	documents, err := store.Documents[json.RawMessage](tx, kind, prefix)
	if err != nil {
		return nil, err
	}
	all := make([]T, 0, len(documents))
	for _, raw := range documents {
		one, err := readShape[T](kind, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, *one)
	}
	return all, nil
}

func readShape[T any](kind string, raw json.RawMessage) (*T, error) {
	out := new(T)
	if err := wire.Decode(raw, out); err != nil {
		return nil, fmt.Errorf("read a %s: %w", kind, err)
	}
	return out, nil
}

// pageOf cuts a page out of a list by the keys of its items, which need not be
// sorted.
func pageOf[T any](list []T, keyOf func(*T) string, token *string, given *int32, usual, most int) ([]T, *string, error) {
	byKey := make(map[string]T, len(list))
	for i := range list {
		byKey[keyOf(&list[i])] = list[i]
	}
	keys, next, err := page(sortedKeys(byKey), token, given, usual, most)
	if err != nil {
		return nil, nil, err
	}
	cut := make([]T, 0, len(keys))
	for _, key := range keys {
		cut = append(cut, byKey[key])
	}
	return cut, next, nil
}
