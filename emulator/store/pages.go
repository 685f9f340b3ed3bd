package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The rest of the layout of a bbolt file: what a page's head says it is, and the
// tables of keys at the start of the two kinds of pages that hold records.
const (
	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFreelist = 0x10

	elementBytes   = 16
	elementBucket  = 0x01   // the value is a bucket of its own
	bucketHead     = 16     // of such a value: its root page, and its sequence
	countElsewhere = 0xFFFF // the count of a freelist is its first entry
	noFreelist     = ^uint64(0)
	longestPage    = 1 << 30
)

// pageWalk follows every page of a bbolt file from its newest head and believes
// none of them. bbolt itself believes all of them: a damaged page ends in a
// panic, or worse, in a file that the next change damages further.
type pageWalk struct {
	file io.ReaderAt
	head metaPage
	seen map[uint64]bool
}

func newWalk(file io.ReaderAt, head metaPage) *pageWalk {
	return &pageWalk{file: file, head: head, seen: map[uint64]bool{0: true, 1: true}} // the two heads
}

// checkPages says what is wrong with the pages of a file that has the head.
func checkPages(file io.ReaderAt, head metaPage) error {
	w := newWalk(file, head)
	if head.root == 0 {
		return errors.New("it has no root")
	}
	if err := w.tree(head.root, nil); err != nil {
		return err
	}
	return w.free()
}

// page reads one page with its overflow, each page once.
func (w *pageWalk) page(id uint64) (flags, count uint16, body []byte, err error) {
	if id < 2 || id >= w.head.pages {
		return 0, 0, nil, fmt.Errorf("page %d is not one of its %d", id, w.head.pages)
	}
	size := uint64(w.head.pageSize)
	var head [pageHead]byte
	if _, err := w.file.ReadAt(head[:], int64(id*size)); err != nil {
		return 0, 0, nil, fmt.Errorf("page %d: %w", id, err)
	}
	order := binary.NativeEndian
	overflow := uint64(order.Uint32(head[12:]))
	switch {
	case order.Uint64(head[0:]) != id:
		return 0, 0, nil, fmt.Errorf("page %d says that it is page %d", id, order.Uint64(head[0:]))
	case id+overflow >= w.head.pages, (overflow+1)*size > longestPage:
		return 0, 0, nil, fmt.Errorf("page %d does not end before the file does", id)
	}
	for next := id; next <= id+overflow; next++ {
		if w.seen[next] {
			return 0, 0, nil, fmt.Errorf("page %d is used twice", next)
		}
		w.seen[next] = true
	}
	page := make([]byte, (overflow+1)*size)
	if _, err := w.file.ReadAt(page, int64(id*size)); err != nil {
		return 0, 0, nil, fmt.Errorf("page %d: %w", id, err)
	}
	return order.Uint16(head[8:]), order.Uint16(head[10:]), page[pageHead:], nil
}

// tree follows a tree of pages whose keys are from a key on.
func (w *pageWalk) tree(id uint64, from []byte) error {
	flags, count, body, err := w.page(id)
	if err != nil {
		return err
	}
	switch flags {
	case pageLeaf:
		err = w.leaf(body, int(count), from)
	case pageBranch:
		if count == 0 {
			return fmt.Errorf("page %d is a branch that leads nowhere", id)
		}
		err = w.branch(body, int(count), from)
	default:
		return fmt.Errorf("page %d holds no records", id)
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

func (w *pageWalk) branch(body []byte, count int, from []byte) error {
	order := binary.NativeEndian
	children, keys := make([]uint64, count), make([][]byte, count)
	err := eachElement(body, count, from, func(i int, element []byte) (at, key, value uint32) {
		children[i] = order.Uint64(element[8:])
		return order.Uint32(element), order.Uint32(element[4:]), 0
	}, func(i int, key, _ []byte) error {
		keys[i] = key
		return nil
	})
	if err != nil {
		return err
	}
	for i, child := range children {
		if err := w.tree(child, keys[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *pageWalk) leaf(body []byte, count int, from []byte) error {
	order := binary.NativeEndian
	buckets := make([]bool, count)
	return eachElement(body, count, from, func(i int, element []byte) (at, key, value uint32) {
		buckets[i] = order.Uint32(element) == elementBucket
		return order.Uint32(element[4:]), order.Uint32(element[8:]), order.Uint32(element[12:])
	}, func(i int, key, value []byte) error {
		if !buckets[i] {
			return nil
		}
		if err := w.bucket(value); err != nil {
			return fmt.Errorf("bucket %q: %w", key, err)
		}
		return nil
	})
}

// bucket follows a bucket: a tree of its own, or when it is small a page within
// the value.
func (w *pageWalk) bucket(value []byte) error {
	if len(value) < bucketHead {
		return errors.New("its head is cut off")
	}
	order := binary.NativeEndian
	if root := order.Uint64(value); root != 0 {
		return w.tree(root, nil)
	}
	page := value[bucketHead:]
	if len(page) < pageHead || order.Uint16(page[8:]) != pageLeaf {
		return errors.New("it holds no records")
	}
	return w.leaf(page[pageHead:], int(order.Uint16(page[10:])), nil)
}

// eachElement visits the records of a page, whose keys must grow.
func eachElement(body []byte, count int, from []byte,
	read func(i int, element []byte) (at, key, value uint32), visit func(i int, key, value []byte) error,
) error {
	if count*elementBytes > len(body) {
		return fmt.Errorf("it has no room for %d records", count)
	}
	last := from
	for i := range count {
		start := i * elementBytes
		at, keyBytes, valueBytes := read(i, body[start:start+elementBytes])
		first := uint64(start) + uint64(at) // the place is counted from the record's own entry
		middle := first + uint64(keyBytes)
		end := middle + uint64(valueBytes)
		if at < elementBytes || end > uint64(len(body)) {
			return fmt.Errorf("record %d is not within it", i)
		}
		key := body[first:middle]
		if order := bytes.Compare(last, key); order > 0 || order == 0 && i > 0 {
			return fmt.Errorf("record %d is out of order", i)
		}
		last = key
		if err := visit(i, key, body[middle:end]); err != nil {
			return err
		}
	}
	return nil
}

// free looks at the list of free pages: one that is in use would be written over.
func (w *pageWalk) free() error {
	if w.head.freelist == noFreelist {
		return nil
	}
	flags, count, body, err := w.page(w.head.freelist)
	if err != nil {
		return err
	}
	if flags != pageFreelist {
		return fmt.Errorf("page %d is no list of free pages", w.head.freelist)
	}
	order := binary.NativeEndian
	entries := uint64(count)
	if count == countElsewhere {
		entries, body = order.Uint64(body), body[8:]
	}
	if entries > uint64(len(body))/8 {
		return errors.New("the list of free pages is cut off")
	}
	for i := range entries {
		id := order.Uint64(body[i*8:])
		if id >= w.head.pages || w.seen[id] {
			return fmt.Errorf("page %d is free and in use, or not there", id)
		}
		w.seen[id] = true
	}
	return nil
}
