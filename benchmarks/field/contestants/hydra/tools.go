//go:build tools

// Package tools names the program whose module this is about, so that its dependencies stay in go.mod.
package tools

import _ "github.com/ory/hydra/v2"
