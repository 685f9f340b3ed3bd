package registry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// getBlob serves GET and HEAD, ranges included.
func (r *Registry) getBlob(w http.ResponseWriter, req request) error {
	if err := r.checkDigest(req.last); err != nil {
		return err
	}
	content, _, err := r.BlobReader(req.name, req.last)
	var refused *Error
	if errors.As(err, &refused) && refused.Code == CodeLayersNotFound {
		return protocol(http.StatusNotFound, "BLOB_UNKNOWN", "%s", refused.Message)
	}
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Docker-Content-Digest", req.last)
	w.Header().Set("Etag", `"`+req.last+`"`)
	http.ServeContent(w, req.Request, "", time.Time{}, content)
	return nil
}

// postUpload mounts a layer of another repository, takes a whole layer at once,
// or opens an upload.
func (r *Registry) postUpload(w http.ResponseWriter, req request) error {
	query := req.URL.Query()
	if digest, from := query.Get("mount"), query.Get("from"); digest != "" && from != "" && r.validDigest(digest) {
		mounted, err := r.mount(from, req.name, digest)
		if err != nil {
			return err
		}
		if mounted {
			created(w, req.name, digest)
			return nil
		}
	}
	digest := query.Get("digest")
	if digest != "" {
		if err := r.checkDigest(digest); err != nil {
			return err
		}
	}
	id, err := r.startUpload(req.name)
	if err != nil {
		return err
	}
	if digest == "" {
		accepted(w, req.name, id, 0)
		return nil
	}
	_, err = r.receive(w, req, id)
	if err == nil {
		_, _, _, err = r.finishUpload(req.name, id, []string{digest})
	}
	if err != nil {
		// The client has not learnt the id: nobody can go on with this upload.
		_ = r.cancelUpload(req.name, id)
		return err
	}
	created(w, req.name, digest)
	return nil
}

func (r *Registry) getUpload(w http.ResponseWriter, req request) error {
	received, err := r.uploaded(req.name, req.last)
	if err != nil {
		return err
	}
	progress(w, req.name, req.last, received)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (r *Registry) patchUpload(w http.ResponseWriter, req request) error {
	received, err := r.receive(w, req, req.last)
	if err != nil {
		return err
	}
	accepted(w, req.name, req.last, received)
	return nil
}

// putUpload takes the last part, if there is one, and closes the upload.
func (r *Registry) putUpload(w http.ResponseWriter, req request) error {
	digest := req.URL.Query().Get("digest")
	if err := r.checkDigest(digest); err != nil {
		return err
	}
	if req.ContentLength != 0 {
		if _, err := r.receive(w, req, req.last); err != nil {
			return err
		}
	}
	if _, _, _, err := r.finishUpload(req.name, req.last, []string{digest}); err != nil {
		return err
	}
	created(w, req.name, digest)
	return nil
}

func (r *Registry) deleteUpload(w http.ResponseWriter, req request) error {
	if err := r.cancelUpload(req.name, req.last); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// receive appends the body of a request to an upload. With a Content-Range the
// part must start where the last one ended; without, it goes there anyhow.
func (r *Registry) receive(w http.ResponseWriter, req request, id string) (received int64, err error) {
	start, length := int64(anywhere), int64(unknownLength)
	if announced := req.Header.Get("Content-Range"); announced != "" {
		var last int64
		plain := strings.TrimPrefix(announced, "bytes ") // some clients send HTTP's form
		if _, err := fmt.Sscanf(plain, "%d-%d", &start, &last); err != nil || start < 0 || last < start {
			return 0, protocol(http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", "%q is not a content range", announced)
		}
		length = last - start + 1
	}
	received, err = r.appendUpload(req.name, id, start, length, req.Body)
	var misfit *partError
	if errors.As(err, &misfit) {
		progress(w, req.name, id, misfit.received) // where to go on
		return 0, protocol(http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", "%s", misfit.reason)
	}
	_, _ = io.Copy(io.Discard, req.Body) // lets the connection live on
	return received, err
}

// progress writes where an upload is and how to go on with it.
func progress(w http.ResponseWriter, name, id string, received int64) {
	w.Header().Set("Location", "/v2/"+name+"/blobs/uploads/"+id)
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(received-1, 0)))
	w.Header().Set("Docker-Upload-Uuid", id)
}

func accepted(w http.ResponseWriter, name, id string, received int64) {
	progress(w, name, id, received)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusAccepted)
}

func created(w http.ResponseWriter, name, digest string) {
	w.Header().Set("Location", "/v2/"+name+"/blobs/"+digest)
	w.Header().Set("Docker-Content-Digest", digest)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusCreated)
}
