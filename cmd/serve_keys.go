package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	sdkconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"gantry/emulator/gate"
	"gantry/internal/hint"
)

// The environment variables of the pair that --require-signature asks for. They
// are none of AWS's own: a key for AWS is not by accident one for the emulator.
const (
	envAccessKeyID     = "GANTRY_ACCESS_KEY_ID"
	envSecretAccessKey = "GANTRY_SECRET_ACCESS_KEY"
)

// keyOptions say who may come in. The secret is never on the command line, which
// everybody on the machine can read.
type keyOptions struct {
	require         bool
	accessKeyID     string
	credentialsFile string
	pair            gate.Pair // what came of them
}

func (k *keyOptions) flags(c *cobra.Command) {
	c.Flags().BoolVar(&k.require, "require-signature", false, "answer only requests that are signed with an access key pair")
	c.Flags().StringVar(&k.accessKeyID, "access-key-id", "", "the id of the access key ("+envAccessKeyID+"); its secret is in "+envSecretAccessKey)
	c.Flags().StringVar(&k.credentialsFile, "credentials-file", "", "a file in the form of ~/.aws/credentials, whose default profile has the pair")
}

var keyIDRule = regexp.MustCompile(`^\w{1,128}$`)

// check finds the pair, when one is asked for.
func (k *keyOptions) check(ctx context.Context, f *Factory) error {
	if !k.require {
		if k.accessKeyID != "" || k.credentialsFile != "" {
			return hint.As(hint.Usage, hint.With(errors.New("an access key is of no use while everybody is let in"), "add --require-signature"))
		}
		return nil
	}
	if k.credentialsFile != "" {
		return k.read(ctx)
	}
	k.pair = gate.Pair{AccessKeyID: cmp.Or(k.accessKeyID, f.setting(envAccessKeyID)), SecretAccessKey: f.setting(envSecretAccessKey)}
	return k.complete("set " + envAccessKeyID + " (or --access-key-id) and " + envSecretAccessKey + ", or give --credentials-file")
}

// read takes the pair from a file.
func (k *keyOptions) read(ctx context.Context) error {
	if _, err := os.Stat(k.credentialsFile); err != nil {
		return hint.As(hint.Usage, hint.With(fmt.Errorf("--credentials-file %s cannot be read: %w", k.credentialsFile, errors.Unwrap(err)), "check the path"))
	}
	profile, err := sdkconfig.LoadSharedConfigProfile(ctx, "default", func(o *sdkconfig.LoadSharedConfigOptions) {
		o.CredentialsFiles, o.ConfigFiles = []string{k.credentialsFile}, []string{}
	})
	if err != nil && !errors.As(err, new(sdkconfig.SharedConfigProfileNotExistError)) && !errors.Is(err, fs.ErrNotExist) {
		return hint.As(hint.Usage, hint.With(fmt.Errorf("--credentials-file %s cannot be read", k.credentialsFile), "it has the form of ~/.aws/credentials"))
	}
	if k.accessKeyID != "" && k.accessKeyID != profile.Credentials.AccessKeyID {
		return hint.As(hint.Usage, fmt.Errorf("--access-key-id is not the one in %s", k.credentialsFile))
	}
	k.pair = gate.Pair{AccessKeyID: profile.Credentials.AccessKeyID, SecretAccessKey: profile.Credentials.SecretAccessKey}
	return k.complete("write aws_access_key_id and aws_secret_access_key into the profile [default] of " + k.credentialsFile)
}

// shortestSecret keeps out secrets that can be guessed.
const shortestSecret = 8

func (k *keyOptions) complete(next string) error {
	switch {
	case k.pair.AccessKeyID == "" || k.pair.SecretAccessKey == "":
		return hint.As(hint.Usage, hint.With(errors.New("--require-signature needs an access key pair"), next))
	case !keyIDRule.MatchString(k.pair.AccessKeyID):
		return hint.As(hint.Usage, fmt.Errorf("%.80q is no access key id: up to 128 letters and digits", k.pair.AccessKeyID))
	case len(k.pair.SecretAccessKey) < shortestSecret:
		return hint.As(hint.Usage, hint.With(fmt.Errorf("the secret access key is shorter than %d characters", shortestSecret),
			"choose a longer one, for example by: openssl rand -hex 20"))
	}
	return nil
}
