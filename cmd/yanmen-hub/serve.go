package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/wire"
)

func (c *command) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "运行消息服务与平台 · run broker and platform",
		Args:  cobra.NoArgs,
	}
	listen := cmd.Flags().String("listen", "127.0.0.1:4222", "消息服务地址，仅限本机 · address of the broker, loopback only")
	name := cmd.Flags().String("name", "central", "平台名称 · the platform's name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		log := slog.New(slog.NewJSONHandler(c.err, nil))
		h, err := openHub(hubConfig{dir: c.dir, name: *name, listen: *listen, log: log,
			accepted: func(r []platform.Received) {
				log.Info("accepted", slog.Int("items", len(r)), slog.String("agent", r[0].Agent), slog.Uint64("seq", r[len(r)-1].Seq))
			}})
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s %s\n", c.say("消息服务", "broker at"), h.broker.ClientURL())
		fmt.Fprintf(c.out, "%s %s\n", c.say("供代理固定的公钥", "public keys for agents to pin:"), filepath.Join(c.dir, publicFile))
		return errors.Join(h.run(cmd.Context()), h.close())
	}
	return cmd
}

func (c *command) enrolCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enrol FILE",
		Short: "登记一个代理（须先核对指纹）· believe an agent; a person has compared its fingerprint",
		Args:  cobra.ExactArgs(1),
	}
	fp := cmd.Flags().String("fingerprint", "", "代理 init 时显示的指纹 · what yanmen init printed")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if *fp == "" {
			return fmt.Errorf("%w: enrol: give --fingerprint, as the lender told it to you", errUsage)
		}
		b, err := os.ReadFile(args[0])
		if err != nil {
			return errors.New("enrol: cannot read the file")
		}
		e, err := wire.ParseEnrolment(b)
		if err != nil {
			return fmt.Errorf("enrol: %w", err)
		}
		if err := os.MkdirAll(c.dir, 0o700); err != nil {
			return errors.New("enrol: cannot make the folder")
		}
		r, err := platform.OpenRegistry(filepath.Join(c.dir, agentsFile))
		if err != nil {
			return err
		}
		if err := r.Enrol(e, *fp); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s %s %s\n", c.say("已登记", "enrolled"), e.Agent, e.Lender)
		return err
	}
	return cmd
}

func (c *command) tailCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "打印已接收并验签的内容，每行一条 JSON · print what was received and verified, one JSON a line",
		Args:  cobra.NoArgs,
	}
	follow := cmd.Flags().Bool("follow", false, "持续输出 · go on as items come")
	token := cmd.Flags().Bool("token", false, "只输出判定的 JWT 原文，供其他语言验签 · print the JWTs alone, to verify them in any language")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var from int64
		for {
			next, err := platform.ReadLedger(filepath.Join(c.dir, ledgerDir), from, func(r platform.Received) error {
				if *token {
					if len(r.Token) == 0 {
						return nil
					}
					_, err := fmt.Fprintf(c.out, "%s\n", r.Token)
					return err
				}
				b, err := json.Marshal(lineOf(&r))
				if err != nil {
					return errors.New("tail: encode")
				}
				_, err = fmt.Fprintf(c.out, "%s\n", b)
				return err
			})
			if err != nil {
				return err
			}
			from = next
			if !*follow {
				return nil
			}
			select {
			case <-cmd.Context().Done():
				return nil
			case <-time.After(300 * time.Millisecond):
			}
		}
	}
	return cmd
}

// line is what tail prints of an item.
type line struct {
	Kind       string        `json:"kind"`
	Agent      string        `json:"agent"`
	Seq        uint64        `json:"seq"`
	ID         string        `json:"id"`
	Digest     string        `json:"digest"`
	Erased     bool          `json:"erased,omitempty"`
	Subject    string        `json:"subject,omitempty"`
	Case       string        `json:"case,omitempty"`
	Purpose    string        `json:"purpose,omitempty"`
	Claims     *agent.Claims `json:"claims,omitempty"`
	ValidUntil string        `json:"valid_until,omitempty"`
	Supersedes string        `json:"supersedes,omitempty"`
}

func lineOf(r *platform.Received) line {
	l := line{Kind: r.Kind, Agent: r.Agent, Seq: r.Seq, ID: r.ID, Digest: fmt.Sprintf("%x", r.Digest)}
	v := r.Verdict
	if v == nil {
		l.Erased = r.Kind == wire.KindVerdict
		return l
	}
	l.Subject, l.Case, l.Purpose, l.Claims = fmt.Sprintf("%x", v.Subject), v.Case, string(v.Purpose), &v.Claims
	l.ValidUntil, l.Supersedes = time.Unix(v.ValidUntil, 0).UTC().Format(time.RFC3339), v.Supersedes
	return l
}

// runHub runs the hub beside the rest of a command and returns what stops it.
func runHub(ctx context.Context, h *hub) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.run(ctx) }()
	return func() error {
		cancel()
		return errors.Join(<-done, h.close())
	}
}
