package policy

import "github.com/yanmen/yanmen/agent"

// Why a bundle is not taken.
const (
	codeSize      agent.Code = "bundle.size_exceeded"
	codeArchive   agent.Code = "bundle.archive_malformed"
	codeFile      agent.Code = "bundle.file_foreign"
	codeManifest  agent.Code = "bundle.manifest_malformed"
	codeRevision  agent.Code = "bundle.revision_malformed"
	codeUnsigned  agent.Code = "bundle.signature_missing"
	codeKey       agent.Code = "bundle.key_unknown"
	codeSignature agent.Code = "bundle.signature_invalid"
	codeRules     agent.Code = "bundle.rules_malformed"
	codeText      agent.Code = "bundle.text_missing"
	codeSchema    agent.Code = "bundle.schema_violated"
	codeUntested  agent.Code = "bundle.tests_missing"
	codeTests     agent.Code = "bundle.tests_failed"
	codeAbsence   agent.Code = "bundle.absence_allowed"
	codeDenial    agent.Code = "bundle.denial_missing"
	codePerson    agent.Code = "bundle.person_missing"
	codeTime      agent.Code = "bundle.time_exceeded"
	codeMemory    agent.Code = "bundle.memory_exceeded"
	// CodeBack and CodeReused are for whoever knows which bundle is in force.
	CodeBack   agent.Code = "bundle.revision_back"
	CodeReused agent.Code = "bundle.revision_reused"
)

// CodeStale is the obligation of every decision under a bundle that is older than
// the lender lets one grow: its rules have to be reviewed.
const CodeStale agent.Code = "policy.bundle_stale"

var refusals = map[agent.Code]Words{
	codeSize:      {"规则包过大：压缩后不超过 4 MiB，解压后不超过 16 MiB，文件不超过 1000 个，路径不超过 200 字节，规则不超过 7000 条", "the bundle is too large: at most 4 MiB packed, 16 MiB unpacked, 1000 files, paths of 200 bytes and 7000 rules"},
	codeArchive:   {"不是完好的规则包文件，请重新生成", "not a whole archive, or a path in it is not in order: build it again"},
	codeFile:      {"含有规则包不应有的文件；只接受 .rego、data.yaml、data.json 与 .manifest", "it holds a file that no bundle needs: only .rego, data.yaml, data.json and .manifest are taken"},
	codeManifest:  {"清单 .manifest 不符合要求：roots 须恰为 [\"yanmen\"]，rego_version 须为 1", "the .manifest is not in order: roots must be exactly [\"yanmen\"] and rego_version 1"},
	codeRevision:  {"清单中的修订号须为日期，如 2026-11-21，同日再改则为 2026-11-21.2", "the manifest's revision must be a date as 2026-11-21, or 2026-11-21.2 for the second of a day"},
	codeUnsigned:  {"规则包没有签名，请先用 yanmen policy sign 签名", "the bundle is not signed: yanmen policy sign signs it"},
	codeKey:       {"签名所用密钥不是本机构指定的密钥", "it is signed with another key than the pinned one"},
	codeSignature: {"签名无效，或文件在签名后有改动", "the signature does not hold, or a file was changed after it was made"},
	codeRules:     {"规则无法编译；请用 opa check 查看原因。只能使用规定的内置函数", "the rules do not compile with the built-ins allowed: opa check says more"},
	codeText:      {"有拒绝或义务代码缺少中文或英文说明，或未引用登记册中的条文", "a code lacks its Chinese or English text, or a citation that the register knows"},
	codeSchema:    {"规则读取了输入中没有的字段，或规则文件未声明输入结构", "a rule reads what no input has, or its package names no schema"},
	codeUntested:  {"有规则文件旁边没有测试", "a file of rules has no tests beside it"},
	codeTests:     {"规则包自带的测试未通过", "a test of the bundle does not pass"},
	codeAbsence:   {"缺少输入时没有拒绝", "it allows where an input is absent"},
	codeDenial:    {"必须保留的拒绝规则不再起作用", "a denial that must stay does not deny any more"},
	codePerson:    {"对借款人不利、或者须由人接着处理的结论没有要求人工复核：该行须为 human_review: true", "an answer against the borrower, or that a person goes on with, asks for no person: its row needs human_review: true"},
	codeTime:      {"检查未能按时完成", "the checks did not come to their end in time"},
	codeMemory:    {"检查占用的内存超过 512 MiB", "the checks took more than 512 MiB of memory"},
	CodeBack:      {"修订号早于现行规则；退回请用 yanmen policy rollback", "its revision is before the one in force: yanmen policy rollback goes back"},
	CodeReused:    {"修订号与现行规则相同而内容不同，请改用新的修订号", "its revision is the one in force, with other content: give it a revision of its own"},
}

// A Refusal says why a bundle is not taken. Code is what is recorded.
type Refusal struct {
	Code agent.Code
	// Place is a file, a file with a line, a code or the name of a test; "" if
	// there is none.
	Place string
}

func refuse(code agent.Code, place string) *Refusal { return &Refusal{code, place} }

// Error says the code, the place and what to mend, in English.
func (r *Refusal) Error() string { return "bundle refused: " + r.Say("en") }

// Say is Error without its beginning: in Chinese for "zh", else in English.
func (r *Refusal) Say(lang string) string {
	s := string(r.Code)
	if r.Place != "" {
		s += " (" + r.Place + ")"
	}
	if lang == "zh" {
		return s + "：" + refusals[r.Code].In(lang)
	}
	return s + ": " + refusals[r.Code].In(lang)
}
