// Package configs holds the experiments that ship inside the binary. Copy one and change it, or run it by its name from any folder.
package configs

import "embed"

// FS holds the presets, one NAME.toml each, at its root.
//
//go:embed *.toml
var FS embed.FS
