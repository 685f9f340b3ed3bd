#!/usr/bin/env bash
# Writes the shell completions that go into the release archives.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -rf completions
mkdir completions
# Built once for this machine: the release's own binaries may be for another.
binary=$(mktemp -d)/gantry
trap 'rm -rf "$(dirname "$binary")"' EXIT
CGO_ENABLED=0 GOOS='' GOARCH='' go build -o "$binary" .
"$binary" completion bash >completions/gantry.bash
"$binary" completion zsh >completions/_gantry
"$binary" completion fish >completions/gantry.fish
"$binary" completion powershell >completions/gantry.ps1
