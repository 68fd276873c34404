package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/sandbox"
)

func (c *command) sourcesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "数据源沙箱：无需合同即可试用实名、运营商、银行卡等核验 · a sandbox of all data sources, to try them without a contract",
		Long: "数据源沙箱：实名两要素、运营商三要素、银行卡四要素、人脸、账户、社保、征信。答案由证件号码和脚本决定，同样的号码得到同样的答案；\n" +
			"脚本还可规定延迟和故障（错误页、GBK、重复键、50 MB 响应等）。每次询问输出一行，不含个人信息。\n" +
			"A sandbox of all kinds of data sources. What it answers follows from the number and the script; a script also sets latency and faults:\n" +
			strings.Join(sandbox.Faults(), ", ") + ".",
		Args: cobra.NoArgs,
	}
	path := cmd.Flags().String("script", "", "脚本（YAML）；默认全部一致 · the script (YAML); default: all match")
	listen := cmd.Flags().String("listen", sandbox.Address, "监听地址，仅限本机 · address, loopback only")
	config := cmd.Flags().Bool("config", false, "只输出代理所需的配置，接在 yanmen.yaml 的 recipients 之后 · print what an agent's configuration needs after its recipients, and end")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *config {
			_, err := io.WriteString(c.out, sandbox.Part("http://"+*listen))
			return err
		}
		var script []byte
		if *path != "" {
			var err error
			if script, err = os.ReadFile(*path); err != nil {
				return fmt.Errorf("%w: sources: the script cannot be read", errUsage)
			}
		}
		b, err := sandbox.New(script, c.out)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		l, err := intake.Listen(*listen, false)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		fmt.Fprintf(c.out, "%s http://%s\n", c.say("数据源沙箱", "sources at"), l.Addr())
		return intake.Serve(cmd.Context(), l, b, slog.New(slog.NewJSONHandler(c.err, nil)))
	}
	return cmd
}
