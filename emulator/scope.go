package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gantry/ecs"
	"gantry/emulator/api"
	"gantry/emulator/reconcile"
	"gantry/emulator/registry"
	"gantry/emulator/store"
)

// homeScope is the account and Region of a request that names none.
func homeScope() ecs.Scope { return ecs.Scope{Partition: "aws", Region: Region, Account: Account} }

// realmsFolder holds the realms beside the home one: realms/ACCOUNT.REGION.
const realmsFolder = "realms"

// mostRealms bounds how many accounts and Regions a world may have: each is a
// file that is kept open.
const mostRealms = 100

// serve lets the realm answer that the request is for. Whether the world is there
// is asked by those, too, who may make nothing in it, such as a realm.
func (w *World) serve(out http.ResponseWriter, r *http.Request) {
	scope, err := scopeOf(r)
	if err != nil {
		w.home().server.Fail(out, r, err)
		return
	}
	if scope == homeScope() || r.URL.Path == api.PathHealth {
		w.home().ServeHTTP(out, r)
		return
	}
	other, err := w.realm(scope)
	if err != nil {
		w.home().server.Fail(out, r, err)
		return
	}
	other.ServeHTTP(out, r)
}

// realm is what an account has in a Region beside the home one; it is made when
// it is first asked for.
func (w *World) realm(scope ecs.Scope) (*realm, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.entered(scope)
}

// registry is the image registry of an account in a Region of the world.
func (w *World) registry(account, region string) (*registry.Registry, error) {
	if !accountRule.MatchString(account) || !ecs.IsRegion(region) {
		return nil, fmt.Errorf("there is no registry of account %s in %s", account, region)
	}
	scope := scopeIn(account, region)
	if scope == homeScope() {
		return w.home().images, nil
	}
	r, err := w.realm(scope)
	if err != nil {
		return nil, err
	}
	return r.images, nil
}

// entered is realm; the lock is held.
func (w *World) entered(scope ecs.Scope) (*realm, error) {
	if w.shut {
		return nil, reconcile.ErrClosed
	}
	if r := w.others[scope]; r != nil {
		return r, nil
	}
	if len(w.others) >= mostRealms {
		return nil, &ecs.Error{Code: ecs.CodeLimitExceeded, Message: fmt.Sprintf("A world of the emulator holds at most %d accounts and Regions beside its own. "+
			"Use one that it has, or make a fresh world.", mostRealms)} // no failure, which clients would try again
	}
	first := store.Clock{World: w.home().loop.Now(), Real: w.opts.Now().Round(0), Speed: w.home().loop.Speed().String()}
	r, err := openRealm(w.opts, scope, filepath.Join(w.dir, realmsFolder, scope.Account+"."+scope.Region), first, w)
	if err != nil {
		return nil, err
	}
	// One that could not be opened when the speed was set goes with the others now.
	if speed := w.home().loop.Speed(); r.loop.Speed() != speed {
		if err := r.loop.SetSpeed(speed); err != nil {
			return nil, errors.Join(err, r.loop.Close())
		}
	}
	w.others[scope] = r
	return r, nil
}

// wake opens every realm that was ever made, so that what is done to the world
// as a whole reaches it. Those that cannot be opened keep none of the others
// asleep. The lock is held.
func (w *World) wake() error {
	entries, err := os.ReadDir(filepath.Join(w.dir, realmsFolder))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	failed := err
	for _, e := range entries {
		account, region, ok := strings.Cut(e.Name(), ".")
		if !ok || !accountRule.MatchString(account) || !regionRule.MatchString(region) {
			continue // nothing of ours
		}
		if _, err := w.entered(scopeIn(account, region)); err != nil {
			failed = errors.Join(failed, fmt.Errorf("account %s in %s: %w", account, region, err))
		}
	}
	return failed
}

// each does something to every realm of the world that is open. The lock is held,
// so that none is opened meanwhile that would be passed over.
func (w *World) each(do func(*realm) error) error {
	failed := do(w.home())
	for _, r := range w.others {
		failed = errors.Join(failed, do(r))
	}
	return failed
}

// Reset makes the whole world a fresh one, all of which goes at the first speed
// of the home realm. Where the file of a realm cannot be used, a fresh one takes
// its place.
func (w *World) Reset() error {
	defer w.moving.interrupt(errBegun())()
	w.mu.Lock()
	defer w.mu.Unlock()
	asleep := w.wake()
	for {
		unusable, ok := errors.AsType[*store.FileError](asleep)
		if !ok {
			break
		}
		if _, err := store.PutAside(unusable.Path); err != nil {
			asleep = errors.Join(asleep, err)
			break
		}
		asleep = w.wake()
	}
	first, err := w.home().loop.FirstSpeed()
	if err != nil {
		return err
	}
	return errors.Join(w.each(func(r *realm) error { return r.reset(first) }), asleep)
}

var (
	accountRule = regexp.MustCompile(`^\d{12}$`)
	// regionRule is what the realms of a world may be called: those of worlds
	// made before may have names that no Region has.
	regionRule = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$`)
	// keyRule is an access key that says whose it is: the account's number, or a
	// key that ends in it, as the emulator's own temporary ones do.
	keyRule  = regexp.MustCompile(`^(?:[A-Z]{4,12})?(\d{12})$`)
	hostRule = regexp.MustCompile(`^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com`)
)

// scopeOf is the account and Region that a request is for: those of its
// signature's scope, or of the registry's host. An access key belongs to the
// account whose number it is or ends in; any other one, to the home account.
// What names no Region is for the home Region. A signature's Region that is no
// Region's name is refused: on AWS a typo does not reach another Region either.
// IAM has no Regions: whatever the signature says, an account's roles are in one.
func scopeOf(r *http.Request) (ecs.Scope, error) {
	key, region, service := signedBy(r)
	if region != "" && !ecs.IsRegion(region) {
		return ecs.Scope{}, api.NoRegion(region)
	}
	account := Account
	if m := keyRule.FindStringSubmatch(key); m != nil {
		account = m[1]
	}
	if m := hostRule.FindStringSubmatch(r.Host); m != nil {
		account, region = m[1], m[2]
	}
	if !ecs.IsRegion(region) {
		region = Region
	}
	if service == "iam" {
		_, region = ecs.PartitionOf(region)
	}
	return scopeIn(account, region), nil
}

func scopeIn(account, region string) ecs.Scope {
	partition, _ := ecs.PartitionOf(region)
	return ecs.Scope{Partition: partition, Region: region, Account: account}
}

// signedBy is the access key, the Region and the service of a request's
// signature, which may stand in a header or in a presigned URL.
func signedBy(r *http.Request) (key, region, service string) {
	credential := ""
	if _, signature, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(signature, ",")
	} else if strings.Contains(r.URL.RawQuery, "X-Amz-Credential=") {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	// KEY/DATE/REGION/SERVICE/aws4_request; a key may have slashes in it.
	parts := strings.Split(strings.TrimSpace(credential), "/")
	if len(parts) < 5 {
		return "", "", ""
	}
	return parts[len(parts)-5], parts[len(parts)-3], parts[len(parts)-2]
}
