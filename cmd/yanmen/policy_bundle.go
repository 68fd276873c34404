package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/store"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/crypto/keyring"
	"github.com/yanmen/yanmen/policy"
	"github.com/yanmen/yanmen/policy/shelf"
)

// policyBundleCommands make bundles of rules and take them.
func (c *command) policyBundleCommands() []*cobra.Command {
	return []*cobra.Command{c.policyExportCommand(), c.policyBuildCommand(), c.policyKeygenCommand(), c.policySignCommand(),
		c.policyVerifyCommand(), c.policyInstallCommand(), c.policyListCommand(), c.policyRollbackCommand()}
}

func (c *command) policyExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export DIR",
		Short: "把内置规则写入新目录，供复制修改 · write the rules that are built in to a new folder, to change a copy",
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return policy.Export(args[0]) },
	}
}

func (c *command) policyBuildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "build DIR -o FILE",
		Short: "检查规则目录并打包，尚未签名 · check a folder of rules and pack it, unsigned",
		Args:  cobra.ExactArgs(1),
	}
	out := cmd.Flags().StringP("output", "o", "", "规则包文件，如 rules.tar.gz · the bundle's file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *out == "" {
			return usage(errors.New("policy build: give -o FILE"))
		}
		b, err := policy.Build(args[0])
		if err != nil {
			return c.refused(err)
		}
		r, err := policy.Check(cmd.Context(), b, nil)
		if err != nil {
			return c.refused(err)
		}
		if err := replaceFile(*out, b, 0o644); err != nil {
			return err
		}
		return c.printReport(r)
	}
	return cmd
}

func (c *command) policyKeygenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "新建一对签名密钥；私钥由合规人员保管，不放在代理主机上 · make a pair of signing keys; the private one is for compliance, not for the agent's machine",
		Args:  cobra.NoArgs,
	}
	out := cmd.Flags().StringP("output", "o", "rules", "文件名前缀：前缀.key 为私钥，前缀.pub 为公钥 · beginning of the files' names: .key is private, .pub public")
	cmd.RunE = func(*cobra.Command, []string) error {
		private, public, err := policy.NewKeys()
		if err != nil {
			return err
		}
		for _, f := range []struct {
			name string
			b    []byte
			mode fs.FileMode
		}{{*out + ".key", private, 0o600}, {*out + ".pub", public, 0o644}} {
			file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
			if err != nil {
				return fmt.Errorf("write key: %w", pathless(err))
			}
			_, err = file.Write(f.b)
			if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
				return fmt.Errorf("write key: %w", pathless(err))
			}
		}
		k, err := policy.ParsePublicKey(public)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s %s\n", c.say("密钥编号", "key id"), k.ID())
		return err
	}
	return cmd
}

func (c *command) policySignCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sign FILE --key KEY",
		Short: "为规则包签名；原有签名被替换 · sign a bundle; a signature that it has is replaced",
		Args:  cobra.ExactArgs(1),
	}
	key := cmd.Flags().String("key", "", "私钥文件（PEM，权限 0600）· file of the private key, PEM, mode 0600")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if *key == "" {
			return usage(errors.New("policy sign: give --key FILE"))
		}
		info, err := os.Stat(*key)
		if err != nil {
			return fmt.Errorf("read key: %w", pathless(err))
		}
		if info.Mode().Perm()&0o077 != 0 {
			return errors.New("read key: others than the owner have access to the file; want mode 0600")
		}
		private, err := os.ReadFile(*key)
		if err != nil {
			return fmt.Errorf("read key: %w", pathless(err))
		}
		b, err := policy.ReadArchive(args[0])
		if err != nil {
			return c.refused(err)
		}
		if b, err = policy.Sign(b, private); err != nil {
			return c.refused(err)
		}
		if err := replaceFile(args[0], b, 0o644); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s %s\n", c.say("规则包", "bundle"), shelf.ID(b))
		return err
	}
	return cmd
}

func (c *command) policyVerifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "按安装时的全部要求检查规则包，不安装 · check a bundle as an installation does, and take nothing",
		Args:  cobra.ExactArgs(1),
	}
	key := cmd.Flags().String("key", "", "公钥文件；不给则用配置中的 policy.key · file of the public key; else policy.key of the configuration")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b, err := policy.ReadArchive(args[0])
		if err != nil {
			return c.refused(err)
		}
		var r policy.Report
		if *key == "" {
			config, err := c.config()
			if err != nil {
				return err
			}
			if r, err = house.CheckRules(cmd.Context(), config, b); err != nil {
				return c.refused(err)
			}
		} else {
			text, err := os.ReadFile(*key)
			if err != nil {
				return fmt.Errorf("read key: %w", pathless(err))
			}
			k, err := policy.ParsePublicKey(text)
			if err != nil {
				return err
			}
			if r, err = policy.Check(cmd.Context(), b, k); err != nil {
				return c.refused(err)
			}
		}
		return c.printReport(r)
	}
	return cmd
}

func (c *command) policyInstallCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "install FILE --approved-by ID",
		Short: "检查并安装规则包；运行中的代理数秒内启用 · check a bundle and install it; a running agent takes it within seconds",
		Args:  cobra.ExactArgs(1),
	}
	by := approvedBy(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		config, err := c.config()
		if err != nil {
			return err
		}
		b, err := policy.ReadArchive(args[0])
		if err != nil {
			return c.refused(err)
		}
		r, err := house.InstallRules(cmd.Context(), config, b, *by)
		if refusal := new(policy.Refusal); errors.As(err, &refusal) {
			// It is on the shelf's record; the journal may follow later.
			return errors.Join(c.refused(err), c.settle(cmd.Context()))
		}
		if err != nil {
			return err
		}
		if err := c.printReport(r); err != nil {
			return err
		}
		return c.settle(cmd.Context())
	}
	return cmd
}

func (c *command) policyRollbackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rollback --approved-by ID",
		Short: "退回上一次安装的规则包，其下为内置规则 · go back to the bundle before; under the first lie the rules that are built in",
		Args:  cobra.NoArgs,
	}
	by := approvedBy(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		config, err := c.config()
		if err != nil {
			return err
		}
		a, err := house.RollbackRules(config, *by)
		if err != nil {
			return c.refused(err)
		}
		fmt.Fprintf(c.out, "%s %s\n", c.say("退回到", "back to"), c.bundleName(a))
		return c.settle(cmd.Context())
	}
	return cmd
}

func (c *command) policyListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "现行规则，以及安装、退回和被拒的记录 · the rules in force, and what was installed, taken back and refused",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			config, err := c.config()
			if err != nil {
				return err
			}
			_, status, err := house.InForce(config)
			if err != nil {
				return err
			}
			acts, taken, err := house.RulesRecord(config)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%s %s  %x\n", c.say("现行", "in force"), c.bundleName(shelf.Act{Bundle: status.Bundle, Revision: status.Revision}), status.Digest)
			if status.Stale {
				fmt.Fprintln(c.out, "  "+c.say("已超过规定的使用期限，须复核更新", "older than the configuration lets rules grow: review and renew them"))
			}
			if status.Damaged {
				fmt.Fprintln(c.out, "  "+c.say("其后的规则包已损坏，请重新安装", "a later bundle is damaged: install it again"))
			}
			for _, a := range acts {
				kind := map[string]string{shelf.Install: c.say("安装", "install"), shelf.Rollback: c.say("退回", "rollback"), shelf.Refuse: c.say("拒绝", "refuse")}[a.Kind]
				fmt.Fprintf(c.out, "%4d  %s  %-8s  %s  %s", a.Seq, time.Unix(a.At, 0).In(agent.Zone).Format("2006-01-02 15:04"), kind, c.bundleName(a), a.By)
				if a.Code != "" {
					fmt.Fprintf(c.out, "  %s", a.Code)
				}
				if a.Seq > taken {
					fmt.Fprintf(c.out, "  %s", c.say("代理尚未启用", "not taken by the agent yet"))
				}
				fmt.Fprintln(c.out)
			}
			return nil
		},
	}
}

func approvedBy(cmd *cobra.Command) *string {
	return cmd.Flags().String("approved-by", "", "批准人编号，不是姓名 · id of who approved it, not a name")
}

// bundleName names a bundle by its revision and the beginning of its id.
func (c *command) bundleName(a shelf.Act) string {
	revision := a.Revision
	if revision == "" {
		revision = "-"
	}
	if a.Bundle == "" {
		if a.Revision == "" {
			return c.say("内置规则", "built-in")
		}
		return revision + " " + c.say("内置规则", "built-in")
	}
	return revision + " " + a.Bundle[:12]
}

// config reads the configuration of the agent's folder.
func (c *command) config() (*house.Config, error) {
	config, err := house.ReadConfig(c.dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", house.ErrConfig, err)
	}
	return config, nil
}

// settle has the agent take what is on the shelf: opening it does. If one is
// running, it takes it by itself.
func (c *command) settle(ctx context.Context) error {
	err := c.withHouse(ctx, func(context.Context, *house.House) error { return nil })
	if errors.Is(err, keyring.ErrLocked) || errors.Is(err, store.ErrLocked) {
		fmt.Fprintln(c.err, c.say("代理正在运行，将在数秒内启用；用 yanmen policy list 查看", "an agent is running and takes it within seconds: yanmen policy list shows it"))
		return nil
	}
	return err
}

// refused says why a bundle is not taken, in the language of the command.
func (c *command) refused(err error) error {
	if r := new(policy.Refusal); errors.As(err, &r) {
		return errors.New(c.say("规则包未被接受：", "bundle refused: ") + r.Say(c.lang))
	}
	return err
}

func (c *command) printReport(r policy.Report) error {
	_, err := fmt.Fprintf(c.out, c.say("修订 %s · 规则 %d 条 · 拒绝代码 %d 个 · 测试 %d 个全部通过\n规则摘要 %x\n",
		"revision %s · %d rules · %d denials · %d tests, all passed\nrules %x\n"), r.Revision, r.Rules, r.Denials, r.Tests, r.Digest)
	return err
}

// replaceFile writes a file wholly or not at all.
func replaceFile(name string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return fmt.Errorf("write bundle: %w", pathless(err))
	}
	defer os.Remove(f.Name()) // after the rename there is none
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write bundle: %w", pathless(err))
	}
	return nil
}

// pathless drops the path from an error: a file's name may name a person.
func pathless(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
