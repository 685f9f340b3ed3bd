package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"gantry/ecs"
	"gantry/emulator/registry"
	"gantry/emulator/store"
)

func refuse(code, format string, args ...any) *ecs.Error {
	return &ecs.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *ecs.Error {
	return refuse(ecs.CodeInvalidParameter, format, args...)
}

func client(format string, args ...any) *ecs.Error {
	return refuse(ecs.CodeClient, format, args...)
}

// registryRefusal is the code and text of a refusal by the image registry.
func registryRefusal(err error) (code, message string, ok bool) {
	var refusal *registry.Error
	if !errors.As(err, &refusal) {
		return "", "", false
	}
	return refusal.Code, refusal.Message, true
}

// codeNoStorage is none of AWS's: the disk of this machine takes no more.
const codeNoStorage = "InsufficientStorageException"

// storageRefusal is how a disk that is full or read-only goes on the wire: with a
// status that no client tries again by itself, because it is for a person to mend.
func storageRefusal(err error) (failure, bool) {
	disk, ok := errors.AsType[*store.DiskError](err)
	if !ok {
		return failure{}, false
	}
	message := disk.Error()
	return failure{status: http.StatusInsufficientStorage, code: codeNoStorage, message: strings.ToUpper(message[:1]) + message[1:] + "."}, true
}

// nameRule is the rule of cluster, service and family names (ECS semantics 8.3
// [API:CreateCluster, CreateService, RegisterTaskDefinition]).
var nameRule = ruleOf(`^[A-Za-z0-9_-]{1,255}$`)

// asInvalid words an error about what a client sent as an
// InvalidParameterException, unless it is a refusal already.
func asInvalid(err error) error {
	var refusal *ecs.Error
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	return invalid("%s", err.Error())
}
