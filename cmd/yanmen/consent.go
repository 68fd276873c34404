package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
)

func (c *command) consentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "consent",
		Short: "同意台账：登记、撤回、查看、出具凭证 · the ledger of consents: record, withdraw, show, receipt",
		Long: "同意台账只追加、不修改；每个事件经签名并与前一事件相链，随借款人删除而删除。格式见 docs/schema/consent.zh-CN.md。\n" +
			"The ledger is appended to and never changed; each event is signed and chained to the one before, and erased with its person. docs/schema/consent.md describes the format.",
	}
	cmd.PersistentFlags().BoolVar(&c.json, "json", false, "JSON")
	cmd.AddCommand(c.consentRecordCommand("record [FILE…]", "登记同意事件（每个文件一个事件）· record events, one a file", false),
		c.consentRecordCommand("import FILE…", "批量登记（每行一个事件）· record events, one a line", true),
		c.consentWithdrawCommand(), c.consentShowCommand(), c.consentReceiptCommand())
	return cmd
}

func (c *command) consentRecordCommand(use, short string, lines bool) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	if lines {
		cmd.Args = cobra.MinimumNArgs(1)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			faulty, denied := false, false
			take := func(name string, r io.Reader) error {
				for f, err := range intake.ReadConsents(r, lines, time.Now().Unix()) {
					if err != nil {
						faulty = true
						c.faults(name, err)
						continue
					}
					out, err := h.Agent.RecordConsent(ctx, f.Number, f.Event)
					var d *agent.Denied
					if errors.As(err, &d) {
						denied = true
						c.consentDenied(name, d)
						continue
					}
					if err != nil {
						return err
					}
					if err := c.printConsent(out); err != nil {
						return err
					}
				}
				return nil
			}
			if len(args) == 0 {
				if err := take("-", c.in); err != nil {
					return err
				}
			}
			for i, p := range args {
				name := fmt.Sprintf("#%d", i+1) // a file's name may name a person
				f, err := os.Open(p)
				if err != nil {
					var pe *os.PathError
					errors.As(err, &pe)
					return fail(exitInput, fmt.Errorf("open file %s: %w", name, pe.Err))
				}
				err = take(name, f)
				f.Close() // it was read
				if err != nil {
					return err
				}
			}
			switch {
			case faulty:
				return silently(exitInput)
			case denied:
				return silently(exitDenied)
			}
			return nil
		})
	}
	return cmd
}

func (c *command) consentWithdrawCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "withdraw CONSENT",
		Short: "撤回同意；返回之前即生效 · withdraw a consent; it takes effect before the command returns",
		Long: "撤回同意。落盘之后，依据该同意的每个案件随即重新决定：不再允许的，结论作废；另有依据（合同、法定义务）的，说明理由后保留。\n" +
			"Withdraws a consent. Once that is durable, every case that rested on it is decided anew: what is not allowed any more ends, what another ground carries (contract, legal duty) stays, with the reason.",
		Args: cobra.ExactArgs(1),
	}
	channel := cmd.Flags().String("channel", "", "app | web | counter | call | sms | letter（必填 · required）")
	at := cmd.Flags().String("at", "", "撤回时间，如 2026-11-21T10:00:00+08:00；默认现在 · when; default now")
	guardian := cmd.Flags().String("guardian", "", "监护人撤回时的监护证明编号 · reference of the proof of guardianship, if a guardian withdraws")
	evidence := cmd.Flags().String("evidence", "", "凭证编号 · reference of what proves it")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e := agent.ConsentEvent{Consent: args[0], Kind: agent.ConsentWithdrawn, At: time.Now().Unix(), Actor: agent.ActorSubject, Evidence: *evidence}
		if *guardian != "" {
			e.Actor, e.ActorRef = agent.ActorGuardian, *guardian
		}
		if e.Channel = *channel; !strings.Contains(" app web counter call sms letter ", " "+e.Channel+" ") {
			return usage(errors.New("consent withdraw: --channel wants app, web, counter, call, sms or letter"))
		}
		if *at != "" {
			t, err := time.Parse(time.RFC3339, *at)
			if err != nil {
				return usage(errors.New("consent withdraw: --at wants an instant with its offset, as 2006-01-02T15:04:05+08:00"))
			}
			e.At = t.Unix()
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			out, err := h.Agent.WithdrawConsent(ctx, e)
			var d *agent.Denied
			if errors.As(err, &d) {
				c.consentDenied("", d)
				return silently(exitDenied)
			}
			if err != nil {
				return consentError(err)
			}
			return c.printConsent(out)
		})
	}
	return cmd
}

func (c *command) consentShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show CONSENT",
		Short: "显示同意记录及其全部事件（打开会记入日志）· show a record and its events; that it was opened is journalled",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
				r, err := h.Agent.Consent(ctx, args[0])
				if err != nil {
					return consentError(err)
				}
				if c.json {
					return c.receipt(h, r)
				}
				lang, now := report.Lang(c.lang), time.Now().Unix()
				fmt.Fprintf(c.out, "%s %s: %s\n", c.say("同意", "consent"), r.ID(), report.ConsentWord(lang, r.State(now)))
				v := r.Consent()
				if len(v.Purposes) > 0 {
					fmt.Fprintf(c.out, "  %s %s · %s %s · %s %s\n", c.say("目的", "purposes"), strings.Join(v.Purposes, " "),
						c.say("类别", "categories"), strings.Join(v.Categories, " "), c.say("有效至", "until"), day(v.ExpiresAt))
				}
				if until, _ := r.ReaskUntil(); until > now {
					fmt.Fprintf(c.out, "  %s %s\n", c.say("在此之前不得再次征求：", "not to be asked again before"), day(until))
				}
				for i := range r.Events {
					e := &r.Events[i]
					sum := e.Digest()
					fmt.Fprintf(c.out, "  %d  %s  %s  %s  %s  %x\n", e.N, day(e.At), report.ConsentWord(lang, e.Kind), report.ConsentWord(lang, e.Actor), e.Channel, sum[:8])
				}
				_, err = fmt.Fprintf(c.out, "  %s\n", c.say("链与签名完好", "chain and signatures are intact"))
				return err
			})
		},
	}
}

func (c *command) consentReceiptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "receipt CONSENT",
		Short: "出具同意凭证（ISO/IEC TS 27560 字段，JSON）· write the receipt, by the fields of ISO/IEC TS 27560, as JSON",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
				r, err := h.Agent.Consent(ctx, args[0])
				if err != nil {
					return consentError(err)
				}
				return c.receipt(h, r)
			})
		},
	}
}

func (c *command) receipt(h *house.House, r *agent.ConsentRecord) error {
	b, err := report.WriteReceipt(r, agent.NewUUIDv4(), time.Now(), h.Policy.Sensitive)
	if err != nil {
		return err
	}
	_, err = c.out.Write(b)
	return err
}

func day(sec int64) string { return time.Unix(sec, 0).In(agent.Zone).Format("2006-01-02 15:04") }

func consentError(err error) error {
	if errors.Is(err, agent.ErrUnknownConsent) {
		return fail(exitUnknown, err)
	}
	return err
}

// consentDenied says why an event was not taken.
func (c *command) consentDenied(name string, d *agent.Denied) {
	if name != "" {
		name = c.say("文件 ", "file ") + name + ": "
	}
	for _, code := range d.Codes {
		fmt.Fprintf(c.err, "yanmen: %s%s (%s)\n", name, report.ConsentDenial(report.Lang(c.lang), code), code)
	}
}

// printConsent says what came of an event, and of the cases that rested on the
// consent.
func (c *command) printConsent(out *agent.ConsentOutcome) error {
	r, lang := out.Record, report.Lang(c.lang)
	state := r.State(time.Now().Unix())
	if c.json {
		b, err := json.Marshal(struct {
			Consent string                `json:"consent"`
			State   string                `json:"state"`
			Events  int                   `json:"events"`
			Known   bool                  `json:"known"`
			Effects []agent.ConsentEffect `json:"effects"`
		}{r.ID(), state, len(r.Events), out.Known, append([]agent.ConsentEffect{}, out.Effects...)})
		if err != nil {
			return errors.New("encode answer")
		}
		_, err = c.out.Write(append(b, '\n'))
		return err
	}
	known := ""
	if out.Known {
		known = c.say("（此前已登记）", " (recorded before)")
	}
	fmt.Fprintf(c.out, "%s %s: %s%s\n", c.say("同意", "consent"), r.ID(), report.ConsentWord(lang, state), known)
	for i := range out.Effects {
		e := &out.Effects[i]
		fmt.Fprintf(c.out, "  %s %s: ", c.say("案件", "case"), e.Case)
		switch {
		case e.Stands != "":
			fmt.Fprintf(c.out, "%s\n", report.ConsentDenial(lang, e.Stands))
		case e.Superseded != "":
			fmt.Fprintf(c.out, c.say("判定 %s 已由 %s 取代\n", "verdict %s is superseded by %s\n"), e.Verdict, e.Superseded)
		case e.Verdict != "":
			fmt.Fprintf(c.out, c.say("判定 %s 不再有效；策略不允许发出替代判定\n", "verdict %s holds no longer; policy lets none leave in its place\n"), e.Verdict)
		default:
			fmt.Fprint(c.out, c.say("结论不再有效\n", "the finding holds no longer\n"))
		}
		for _, d := range e.Denials {
			fmt.Fprintf(c.out, "    %s\n", d.Error())
		}
	}
	return nil
}
