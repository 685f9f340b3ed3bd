package registry_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"gantry/emulator/registry"
)

// model is what a repository must hold after a row of pushes and deletions.
type model struct {
	images map[string][]string // digest -> layers
	tags   map[string]string   // tag -> digest
}

func (m model) delete(digest string) {
	delete(m.images, digest)
	maps.DeleteFunc(m.tags, func(_, tagged string) bool { return tagged == digest })
}

func (m model) tagsOf(digest string) []string {
	var tags []string
	for tag, tagged := range m.tags {
		if tagged == digest {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return tags
}

// Whatever is pushed and deleted in whatever order, and however often the world
// is reopened: tags name what the model says, layers are there exactly as long
// as an image needs them.
func TestModel(t *testing.T) {
	w := newWorld(t, "web")
	rapid.Check(t, func(rt *rapid.T) {
		if err := w.Reset(); err != nil {
			rt.Fatal(err)
		}
		w.create(registry.Repository{Name: "web"})
		want := model{map[string][]string{}, map[string]string{}}
		tag := rapid.SampledFrom([]string{"v1", "v2", "latest"})
		actions := map[string]func(*rapid.T){
			"push": func(rt *rapid.T) {
				contents := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 1, 3, rapid.ID[string]).Draw(rt, "layers")
				named := tag.Draw(rt, "tag")
				var layers []string
				for _, content := range append([]string{"{}"}, contents...) {
					layers = append(layers, digest([]byte(content)))
					if _, there, _ := w.BlobAvailable("web", digest([]byte(content))); !there {
						w.layer("web", content)
					}
				}
				raw := manifest("{}", contents...)
				_, err := w.PutImage(registry.Push{Repository: "web", Manifest: raw, Tag: named})
				if same := want.tags[named] == digest(raw); same != (err != nil) {
					rt.Fatalf("push of %s as %s: %v", digest(raw), named, err)
				}
				want.images[digest(raw)], want.tags[named] = layers, digest(raw)
			},
			"delete by tag": func(rt *rapid.T) {
				named := tag.Draw(rt, "tag")
				deleted, failures, err := w.DeleteImages("web", []registry.ImageID{{Tag: named}})
				tagged, there := want.tags[named]
				if err != nil || there != (len(deleted) == 1) || there != (len(failures) == 0) {
					rt.Fatalf("delete %s: %v, %v, %v", named, deleted, failures, err)
				}
				delete(want.tags, named)
				if there && len(want.tagsOf(tagged)) == 0 {
					want.delete(tagged)
				}
			},
			"delete by digest": func(rt *rapid.T) {
				if len(want.images) == 0 {
					return
				}
				one := rapid.SampledFrom(slices.Sorted(maps.Keys(want.images))).Draw(rt, "image")
				if _, failures, err := w.DeleteImages("web", []registry.ImageID{{Digest: one}}); err != nil || len(failures) > 0 {
					rt.Fatalf("delete %s: %v, %v", one, failures, err)
				}
				want.delete(one)
			},
			"reopen": func(*rapid.T) {
				w.close()
				w.open()
			},
		}
		// Fewer steps than Repeat would take: each one touches the disk.
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			actions[rapid.SampledFrom(slices.Sorted(maps.Keys(actions))).Draw(rt, "action")](rt)
			w.compare(rt, want)
		}
	})
}

func (w *world) compare(rt *rapid.T, want model) {
	images, err := w.Images("web")
	if err != nil || len(images) != len(want.images) {
		rt.Fatalf("%d images, want %d: %v", len(images), len(want.images), err)
	}
	needed := map[string]bool{}
	for _, image := range images {
		layers, there := want.images[image.Digest]
		if !there || !slices.Equal(image.Tags, want.tagsOf(image.Digest)) {
			rt.Fatalf("%+v, want tags %q", image, want.tagsOf(image.Digest))
		}
		for _, layer := range layers {
			needed[layer] = true
			if _, there, err := w.BlobAvailable("web", layer); err != nil || !there {
				rt.Fatalf("layer %s of an image is missing: %v", layer, err)
			}
		}
	}
	if files := w.layerFiles(); files != len(needed) {
		rt.Fatalf("%d layer files, and %d layers are needed", files, len(needed))
	}
}

// Many clients push versions of one image, with shared layers, at once.
func TestManyPushersAtOnce(t *testing.T) {
	w := newWorld(t, "web")
	const pushers = 12
	var all sync.WaitGroup
	for i := range pushers {
		all.Go(func() {
			own := fmt.Sprintf("layer of %d", i)
			for _, content := range []string{"{}", "shared", own} {
				id, _, err := w.InitiateLayerUpload("web")
				if err == nil {
					_, err = w.UploadLayerPart("web", id, 0, int64(len(content))-1, []byte(content))
				}
				if err == nil {
					_, err = w.CompleteLayerUpload("web", id, []string{digest([]byte(content))})
				}
				if err != nil && !strings.Contains(err.Error(), registry.CodeLayerAlreadyExists) {
					t.Error(err)
				}
			}
			if _, err := w.PutImage(registry.Push{Repository: "web", Manifest: manifest("{}", "shared", own), Tag: fmt.Sprint("v", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if images := must(w.Images("web"))(t); len(images) != pushers {
		t.Errorf("%d images", len(images))
	}
	if files := w.layerFiles(); files != pushers+2 {
		t.Errorf("%d layer files", files)
	}
}
