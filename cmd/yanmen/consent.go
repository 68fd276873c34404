package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long: "先读完全部文件再登记：任何一处格式有误，就一个事件也不登记，逐处报告位置。台账不接受的事件以代码说明，同一记录的后续事件随之搁置，其他记录照常登记。改正后整份重新提交即可：已登记的事件不会登记两次。格式见 docs/schema/consent.zh-CN.md，示例见 docs/schema/example.consent.ndjson。\n" +
			"All files are read before anything is recorded: with one fault in them no event is, and each fault is told with its place. An event that the ledger does not take is told with its code; later events of the same record wait for it, other records go on. Mend the file and give all of it again: what was recorded is not recorded twice. docs/schema/consent.md describes the format, docs/schema/example.consent.ndjson is an example.",
	}
	if lines {
		cmd.Args = cobra.MinimumNArgs(1)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, now := cmd.Context(), time.Now().Unix()
		read := func(take func(name string, f *intake.ConsentFile) error) (faulty bool, err error) {
			one := func(name string, r io.Reader) error {
				for f, err := range intake.ReadConsents(r, lines, now) {
					if err != nil {
						faulty = true
						c.faults(name, err)
					} else if err := take(name, f); err != nil {
						return err
					}
				}
				return nil
			}
			for i, p := range args {
				name := fmt.Sprintf("#%d", i+1)
				f, err := openInput("file "+name, p)
				if err != nil {
					return faulty, err
				}
				if info, serr := f.Stat(); serr != nil || !info.Mode().IsRegular() {
					err = fail(exitInput, fmt.Errorf("open file %s: want a regular file, which can be read twice", name))
				} else {
					err = one(name, f)
				}
				f.Close() // it was read
				if err != nil {
					return faulty, err
				}
			}
			if len(args) == 0 {
				err = one("-", c.in)
			}
			return faulty, err
		}
		// Of standard input there is one event: it is kept. Files are read again.
		var given *intake.ConsentFile
		faulty, err := read(func(_ string, f *intake.ConsentFile) error { given = f; return nil })
		if err != nil {
			return err
		}
		if faulty {
			fmt.Fprintf(c.err, "yanmen: %s\n", c.say("没有登记任何事件；改正后整份重新提交", "no event was recorded; mend this and give all of it again"))
			return silently(exitInput)
		}
		return c.withHouse(ctx, func(ctx context.Context, h *house.House) error {
			r := recording{c: c, h: h, refused: map[string]string{}}
			take := func(name string, f *intake.ConsentFile) error { return r.record(ctx, name, f) }
			if len(args) == 0 {
				err = take("-", given)
			} else {
				faulty, err = read(take)
			}
			if lines && !c.json {
				r.sum()
			}
			switch {
			case err != nil:
				return err
			case faulty: // somebody wrote into a file meanwhile
				return silently(exitInput)
			case len(r.refused) > 0:
				return silently(exitDenied)
			}
			return nil
		})
	}
	return cmd
}

// A recording is what came of the events of one call.
type recording struct {
	c                      *command
	h                      *house.House
	recorded, known, waits int
	refused                map[string]string // record to the place of the event that was not taken
}

// record records an event, unless one before it in the same record was not
// taken: recorded out of order, the mended one would come too late.
func (r *recording) record(ctx context.Context, name string, f *intake.ConsentFile) error {
	place := r.c.say("文件 ", "file ") + name
	if f.Line > 0 {
		place += fmt.Sprintf(r.c.say(" 第 %d 行", " line %d"), f.Line)
	}
	if first, ok := r.refused[f.Event.Consent]; ok {
		r.waits++
		fmt.Fprintf(r.c.err, "yanmen: %s: %s%s\n", place, r.c.say("未登记，等待同一记录的前一事件：", "not recorded, it waits for the event before it in the same record: "), first)
		return nil
	}
	out, err := r.h.Agent.RecordConsent(ctx, f.Number, f.Event)
	var d *agent.Denied
	switch {
	case errors.As(err, &d):
		r.refused[f.Event.Consent] = place
		r.c.consentDenied(r.h, place, d)
		return nil
	case err != nil:
		return err
	case out.Known:
		r.known++
	default:
		r.recorded++
	}
	return r.c.printConsent(r.h, out)
}

// sum says how many events came to what.
func (r *recording) sum() {
	fmt.Fprintf(r.c.out, r.c.say("登记 %d 个，此前已登记 %d 个，台账不接受 %d 个，等待 %d 个\n", "%d recorded, %d recorded before, %d not taken, %d waiting\n"),
		r.recorded, r.known, len(r.refused), r.waits)
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
				c.consentDenied(h, "", d)
				return silently(exitDenied)
			}
			if err != nil {
				return consentError(err)
			}
			return c.printConsent(h, out)
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
		Long: "出具同意凭证，语言不影响内容。凭证不含姓名和证件号码，可以脱离本系统核验：signature（十六进制，r ‖ s）是以 signature_key 所指公钥（ES256，公钥见代理目录中的 enrolment.json）对 signed（base64）的签名；previous_record_hash 等于前一事件的 record_hash。record_hash 是 SHA-256：signed 去掉前 39 个字节，末字节换成 80 01（十六进制）和签名。\n" +
			"Writes the receipt; it is the same in every language. It holds neither name nor document number and can be verified without this program: signature (hex, r ‖ s) is over the bytes of signed (base64) by the public key that signature_key names (ES256; the keys are in enrolment.json in the agent's folder); previous_record_hash is the record_hash of the event before. record_hash is SHA-256 over signed without its first 39 bytes, the last byte replaced by 80 01 (hex) and the signature.",
		Args: cobra.ExactArgs(1),
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

// consentDenied says why an event was not taken, and what that rests on. name
// and line say which event it was; name is "" where there is only one.
func (c *command) consentDenied(h *house.House, name string, d *agent.Denied) {
	if name != "" {
		name += ": "
	}
	for _, said := range c.inWords(h, d.Codes) {
		fmt.Fprintf(c.err, "yanmen: %s%s (%s)\n", name, said.Text, said.Code)
		for _, cite := range said.Cites {
			fmt.Fprintf(c.err, "  %s\n", cite)
		}
	}
}

// printConsent says what came of an event, and of the cases that rested on the
// consent.
func (c *command) printConsent(h *house.House, out *agent.ConsentOutcome) error {
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
			fmt.Fprintf(c.out, "%s\n", c.inWords(h, []agent.Code{e.Stands})[0].Text)
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
