package api

import (
	"maps"
	"net/http"
	"strconv"

	"gantry/emulator/shapes"
)

// send writes an answer of a family.
func send(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

// jsonProtocol is AWS JSON.
type jsonProtocol struct{}

func (jsonProtocol) read(body []byte) (shapes.Value, error) { return shapes.FromJSON(body) }

func (jsonProtocol) answer(w http.ResponseWriter, _ *family, _ shapes.Answer, out any) error {
	body, err := shapes.JSON(out)
	if err == nil {
		send(w, http.StatusOK, contentAWSJSON, body)
	}
	return err
}

// refusal is a failure in CBOR.
type refusal struct {
	Type    string `shape:"__type"`
	Message string `shape:"message"`
}

func (jsonProtocol) refuse(w http.ResponseWriter, _ *family, _ shapes.Answer, x failure) {
	members := map[string]string{"__type": x.code, "message": x.message}
	maps.Copy(members, x.members)
	body, _ := shapes.JSON(members) // strings can be written
	w.Header().Set("x-amzn-ErrorType", x.code)
	send(w, x.status, contentAWSJSON, body)
}

// cborProtocol is Smithy RPC v2 CBOR.
type cborProtocol struct{}

const (
	contentCBOR = "application/cbor"
	contentForm = "application/x-www-form-urlencoded" // of AWS Query and EC2 Query
)

func (cborProtocol) read(body []byte) (shapes.Value, error) { return shapes.FromCBOR(body) }

func (cborProtocol) answer(w http.ResponseWriter, _ *family, _ shapes.Answer, out any) error {
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	send(w, http.StatusOK, contentCBOR, shapes.CBOR(out))
	return nil
}

// refuse names the shape of the error. A service that speaks AWS Query, too, has
// codes of its own there, which go along in a header [Smithy:
// awsQueryCompatible].
func (cborProtocol) refuse(w http.ResponseWriter, f *family, _ shapes.Answer, x failure) {
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	if f.version != "" {
		w.Header().Set("x-amzn-query-error", x.code+";"+x.fault())
	}
	name := x.code
	if shape, ok := f.errors[x.code]; ok {
		name = shape
	}
	send(w, x.status, contentCBOR, shapes.CBOR(refusal{name, x.message}))
}

// queryProtocol is AWS Query. Its forms are read before it is known.
type queryProtocol struct{}

const contentXML = "text/xml"

func (queryProtocol) read([]byte) (shapes.Value, error) { return shapes.Value{}, nil }

func (queryProtocol) answer(w http.ResponseWriter, _ *family, a shapes.Answer, out any) error {
	send(w, http.StatusOK, contentXML, shapes.Query(a, out))
	return nil
}

func (queryProtocol) refuse(w http.ResponseWriter, _ *family, a shapes.Answer, x failure) {
	send(w, x.status, contentXML, shapes.QueryError(a, x.fault(), x.code, x.message))
}

// fault says whose it is.
func (x *failure) fault() string {
	if x.status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

// ec2Protocol is EC2 Query.
type ec2Protocol struct{ queryProtocol }

func (ec2Protocol) answer(w http.ResponseWriter, _ *family, a shapes.Answer, out any) error {
	send(w, http.StatusOK, contentXML, shapes.EC2(a, out))
	return nil
}

func (ec2Protocol) refuse(w http.ResponseWriter, _ *family, a shapes.Answer, x failure) {
	send(w, x.status, contentXML, shapes.EC2Error(a, x.code, x.message))
}
