package bench

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// atOnce is how many machines one call of RunInstances starts.
const atOnce = 500

// machines are the ids of machines to be container instances. Where EC2 starts
// instances they are such ones, since moto_server registers no others; elsewhere
// the ids are made up.
func (s *server) machines(n int) ([]string, error) {
	var ids []string
	for len(ids) < n {
		count := strconv.Itoa(min(atOnce, n-len(ids)))
		form := url.Values{"Action": {"RunInstances"}, "Version": {"2016-11-15"}, "ImageId": {"ami-0abcdef1234567890"},
			"InstanceType": {"m5.xlarge"}, "MinCount": {count}, "MaxCount": {count}}
		request, err := sign(s.url, "ec2", []byte(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}})
		if err != nil {
			return nil, err
		}
		var body bytes.Buffer
		status, err := s.own.do(request, &body)
		if err != nil {
			return nil, fmt.Errorf("RunInstances of %s: %w", s.name, err)
		}
		var started struct {
			IDs []string `xml:"instancesSet>item>instanceId"`
		}
		if status/100 != 2 || xml.Unmarshal(body.Bytes(), &started) != nil || len(started.IDs) == 0 {
			return madeUp(n), nil
		}
		ids = append(ids, started.IDs...)
	}
	return ids[:n], nil
}

func madeUp(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("i-%017x", i+1)
	}
	return ids
}
