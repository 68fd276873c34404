// Package deploy holds what an installation needs beside the programs: the unit
// file and the example configuration, which is also the manual of the
// configuration and which "yanmen init --example" writes.
package deploy

import _ "embed"

// ExampleConfig is yanmen.example.yaml.
//
//go:embed yanmen.example.yaml
var ExampleConfig string
