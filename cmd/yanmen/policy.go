package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// policyCommand is the parent of what is done with the rules.
func (c *command) policyCommand() *cobra.Command {
	p := &cobra.Command{
		Use:   "policy",
		Short: "规则 · the rules",
		Args:  cobra.NoArgs,
		// Without this, a mistyped subcommand would print the help and end well.
		RunE: func(*cobra.Command, []string) error {
			return usage(errors.New("policy: want a command; see yanmen policy --help"))
		},
	}
	p.AddCommand(c.policyAskCommand(), c.policyExplainCommand(), c.policyReplayCommand(), c.policyHandbookCommand())
	p.AddCommand(c.policyTestCommand(), c.policyMutateCommand(), c.policyDiffCommand())
	p.AddCommand(c.policyBundleCommands()...)
	return p
}
