package api

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
)

// secretValue is a version of a secret. One without a staging label is gone:
// Secrets Manager shows it no more, and deletes it at its leisure.
type secretValue struct {
	Version   string    `json:"versionId"`
	Text      string    `json:"secretString,omitempty"`
	Binary    []byte    `json:"secretBinary,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	Stages    []string  `json:"versionStages,omitempty"`
}

// The staging labels that Secrets Manager itself moves.
const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

// label gives staging labels to the values of a secret that was kept before
// there were any: those were the present value and the one before.
func (x *secret) label() {
	if slices.ContainsFunc(x.Values, func(v secretValue) bool { return len(v.Stages) > 0 }) {
		return
	}
	for i, stage := range []string{stageCurrent, stagePrevious}[:min(2, len(x.Values))] {
		x.Values[i].Stages = []string{stage}
	}
}

// version and labelled find the place of a version, or -1.
func (x *secret) version(id string) int {
	return slices.IndexFunc(x.Values, func(v secretValue) bool { return v.Version == id })
}

func (x *secret) labelled(stage string) int {
	return slices.IndexFunc(x.Values, func(v secretValue) bool { return slices.Contains(v.Stages, stage) })
}

// givenValue is the value in a request; its token is the id of the version.
type givenValue struct {
	token, text string
	binary      []byte
}

func (g *givenValue) none() bool { return g.text == "" && len(g.binary) == 0 }

func (g *givenValue) same(v *secretValue) bool {
	return g.text == v.Text && bytes.Equal(g.binary, v.Binary)
}

// renew gives a secret a value, when there is one, and the value the labels. A
// repetition changes nothing, and a version cannot be changed [API:
// PutSecretValue, ClientRequestToken].
func (a *around) renew(x *secret, given givenValue, stages []string) (secretValue, error) {
	switch {
	case given.none():
		return secretValue{}, nil
	case given.text != "" && len(given.binary) > 0: // the code is unconfirmed
		return secretValue{}, refuse("InvalidParameterException", "You can't specify both a binary secret value and a string secret value in the same secret.")
	case stages != nil && (len(stages) < 1 || len(stages) > 20 || slices.ContainsFunc(stages, func(s string) bool { return s == "" || len(s) > 256 })):
		return secretValue{}, refuse(ecs.CodeValidation, "VersionStages must have 1 to 20 staging labels, of 1 to 256 characters each")
	}
	if i := x.version(given.token); i >= 0 && given.token != "" {
		if !given.same(&x.Values[i]) {
			return secretValue{}, refuse(codeSecretExists, "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.",
				given.token, x.ARN)
		}
		return x.Values[i], nil
	}
	if given.token == "" {
		h := hashed(x.ARN, len(x.Values), a.tx.Now()) + hashed(a.tx.Now(), x.ARN)
		given.token = strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
	}
	x.Values = slices.Insert(x.Values, 0, secretValue{Version: given.token, Text: given.text, Binary: given.binary, CreatedAt: a.tx.Now()})
	if stages == nil || len(x.Values) == 1 && !slices.Contains(stages, stageCurrent) { // a first version is the current one
		stages = append(slices.Clone(stages), stageCurrent)
	}
	x.stage(stages)
	x.ChangedAt = a.tx.Now()
	return x.Values[0], nil
}

// stage moves labels to the newest version. AWSPREVIOUS follows AWSCURRENT.
func (x *secret) stage(stages []string) {
	old := x.labelled(stageCurrent)
	for _, stage := range stages {
		x.move(stage, 0)
	}
	if old > 0 && slices.Contains(stages, stageCurrent) {
		x.move(stagePrevious, old)
	}
	x.Values = slices.DeleteFunc(x.Values, func(v secretValue) bool { return len(v.Stages) == 0 })
}

func (x *secret) move(stage string, to int) {
	for i := range x.Values {
		x.Values[i].Stages = slices.DeleteFunc(x.Values[i].Stages, func(s string) bool { return s == stage })
	}
	x.Values[to].Stages = append(x.Values[to].Stages, stage)
}
