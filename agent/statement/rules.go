package statement

import "github.com/yanmen/yanmen/agent"

// The tables by which rows are told. Order matters inside a table: the first
// rule that holds decides, so the narrow ones stand before the wide ones. Words
// are those that the institutions print, read in their exports.

// What an Alipay row is, by 交易分类; its 商品说明 and 交易对方 where the class
// is too wide. Transfers and collections by code come before every other rule on
// texts: their texts may be the payer's own.
var alipayRules = []rule{
	{class: match{exact, []string{"退款"}}, kind: agent.KindRefund, to: agent.FlowIn},
	{class: match{exact, []string{"转账红包"}}, is: self, kind: agent.KindOwnTransfer, who: agent.PartySelf},
	{class: match{exact, []string{"转账红包"}}, text: match{contains, []string{"红包"}}, kind: agent.KindRedPacket, who: agent.PartyPerson},
	{class: match{exact, []string{"转账红包"}}, flow: agent.FlowIn, kind: agent.KindTransferIn, who: agent.PartyPerson},
	{class: match{exact, []string{"转账红包"}}, flow: agent.FlowOut, kind: agent.KindTransferOut, who: agent.PartyPerson},
	{class: match{exact, []string{"转账红包"}}}, // neither in nor out: nothing says whose it is
	{text: match{prefix, []string{"退款-"}}, kind: agent.KindRefund, to: agent.FlowIn},

	{class: match{exact, []string{"投资理财", "账户存取"}}, text: match{contains, []string{"收益发放"}}, kind: agent.KindInterest, who: agent.PartyPlatform, to: agent.FlowIn},
	{class: match{exact, []string{"投资理财"}}, text: match{contains, []string{"卖出", "买入", "申购", "赎回", "定投"}}, kind: agent.KindInvestment, who: agent.PartyPlatform},
	{class: match{exact, []string{"投资理财", "账户存取"}}, text: match{prefix, []string{"余额宝"}}, kind: agent.KindOwnTransfer, who: agent.PartySelf},
	{class: match{exact, []string{"投资理财"}}, kind: agent.KindInvestment, who: agent.PartyPlatform},
	{class: match{exact, []string{"账户存取"}}, text: match{contains, []string{"提现"}}, kind: agent.KindWithdrawal, who: agent.PartySelf},
	{class: match{exact, []string{"账户存取"}}, text: match{contains, []string{"充值"}}, kind: agent.KindTopUp, who: agent.PartySelf},
	{class: match{exact, []string{"账户存取"}}, kind: agent.KindOwnTransfer, who: agent.PartySelf},

	{class: match{exact, []string{"信用借还"}}, text: match{contains, []string{"还款"}}, kind: agent.KindRepayment, to: agent.FlowOut},
	{class: match{exact, []string{"信用借还"}}, text: match{contains, []string{"放款", "借款", "借呗"}}, kind: agent.KindLoanIn, to: agent.FlowIn},
	{class: match{exact, []string{"信用借还"}}},

	{flow: agent.FlowIn, text: match{contains, []string{"收钱码", "二维码收款", "商家收款", "商户结算"}}, kind: agent.KindReceipt},
	{flow: agent.FlowIn, is: public, text: match{contains, []string{"公积金"}}, kind: agent.KindHousingFund, who: agent.PartyPublic},
	{flow: agent.FlowIn, is: public, text: match{contains, benefitWords}, kind: agent.KindBenefit, who: agent.PartyPublic},
	{flow: agent.FlowIn, is: org, not: self, text: match{contains, salaryWords}, kind: agent.KindSalary, who: agent.PartyEmployer},

	{class: match{exact, []string{"医疗健康"}}, flow: agent.FlowOut, kind: agent.KindMedical, who: agent.PartyMerchant},
	{class: match{exact, alipaySpending}, flow: agent.FlowOut, is: medical, kind: agent.KindMedical, who: agent.PartyMerchant},
	{class: match{exact, alipaySpending}, flow: agent.FlowOut, kind: agent.KindPurchase, who: agent.PartyMerchant},
	{class: match{exact, []string{"亲友代付", "公益捐赠"}}, flow: agent.FlowOut, kind: agent.KindPurchase},
}

// The classes in which Alipay puts what was bought from a merchant.
var alipaySpending = []string{
	"餐饮美食", "服饰装扮", "日用百货", "家居家装", "数码电器", "运动户外", "美容美发", "母婴亲子", "宠物", "交通出行",
	"爱车养车", "住房物业", "酒店旅游", "文化休闲", "教育培训", "生活服务", "公共服务", "商业服务", "充值缴费", "保险",
	"互助保障",
}

// What a WeChat row is, by 交易类型 alone: 商品 of a transfer is a note by the
// user. Medical spending is told by the merchant's name.
var wechatRules = []rule{
	{class: match{contains, []string{"退款"}}, kind: agent.KindRefund, to: agent.FlowIn},
	{class: match{prefix, []string{"微信红包"}}, kind: agent.KindRedPacket, who: agent.PartyPerson},
	{class: match{exact, []string{"转账", "群收款"}}, is: self, kind: agent.KindOwnTransfer, who: agent.PartySelf},
	{class: match{exact, []string{"转账", "群收款", "赞赏码"}}, flow: agent.FlowIn, kind: agent.KindTransferIn, who: agent.PartyPerson},
	{class: match{exact, []string{"转账", "群收款", "赞赏码"}}, flow: agent.FlowOut, kind: agent.KindTransferOut, who: agent.PartyPerson},
	{class: match{exact, []string{"二维码收款", "经营收款", "商家收款"}}, flow: agent.FlowIn, kind: agent.KindReceipt},

	{class: match{prefix, []string{"转入零钱通-来自零钱", "零钱通转出-到零钱"}}, kind: agent.KindOwnTransfer, who: agent.PartySelf},
	{class: match{prefix, []string{"转入零钱通"}}, kind: agent.KindTopUp, who: agent.PartySelf},
	{class: match{prefix, []string{"零钱通转出"}}, kind: agent.KindWithdrawal, who: agent.PartySelf},
	{class: match{exact, []string{"零钱提现"}}, kind: agent.KindWithdrawal, who: agent.PartySelf},
	{class: match{exact, []string{"零钱充值"}}, kind: agent.KindTopUp, who: agent.PartySelf},
	{class: match{contains, []string{"理财通"}}, kind: agent.KindInvestment, who: agent.PartyPlatform},
	{class: match{contains, []string{"还款"}}, kind: agent.KindRepayment, who: agent.PartyBank, to: agent.FlowOut},
	{class: match{contains, []string{"放款", "借款"}}, kind: agent.KindLoanIn, who: agent.PartyBank, to: agent.FlowIn},

	{class: match{exact, []string{"商户消费", "扫二维码付款"}}, flow: agent.FlowOut, is: medical, kind: agent.KindMedical, who: agent.PartyMerchant},
	{class: match{exact, []string{"商户消费"}}, flow: agent.FlowOut, kind: agent.KindPurchase, who: agent.PartyMerchant},
	{class: match{exact, []string{"扫二维码付款", "亲属卡交易", "分分捐"}}, flow: agent.FlowOut, kind: agent.KindPurchase},
	{class: match{exact, []string{"商户消费"}}, who: agent.PartyMerchant}, // money from a merchant: what for is not said
}

// What a bank's row is, by its summary. The place and the other side are looked
// at only under summaries of card payments, where the bank or the merchant
// writes them; a transfer's note is the sender's own and decides nothing.
//
// A salary paid by a natural person, or by the holder, is a transfer; one that
// comes through a wallet has lost its payer and stays unknown.
var bankRules = []rule{
	{class: match{contains, []string{"冲正", "撤销", "退汇", "退款", "退货"}}, kind: agent.KindRefund},
	{class: match{contains, []string{"公积金"}}, flow: agent.FlowIn, not: self | person | platform, kind: agent.KindHousingFund, who: agent.PartyPublic},
	{class: match{contains, salaryWords}, flow: agent.FlowIn, is: self, kind: agent.KindOwnTransfer, who: agent.PartySelf},
	{class: match{contains, salaryWords}, flow: agent.FlowIn, is: person, kind: agent.KindTransferIn},
	{class: match{contains, salaryWords}, flow: agent.FlowIn, not: platform, kind: agent.KindSalary, who: agent.PartyEmployer},
	{class: match{contains, benefitWords}, flow: agent.FlowIn, not: self | person | platform, kind: agent.KindBenefit, who: agent.PartyPublic},
	{class: match{contains, []string{"劳务费", "劳务报酬", "稿费", "商户结算", "商户清算", "收单结算"}}, flow: agent.FlowIn, not: self | person, kind: agent.KindReceipt},

	{class: match{contains, []string{"还款", "还贷", "扣收贷款", "贷款本息", "贷款利息", "按揭"}}, flow: agent.FlowOut, kind: agent.KindRepayment, who: agent.PartyBank},
	{class: match{contains, []string{"放款", "贷款发放", "发放贷款"}}, flow: agent.FlowIn, kind: agent.KindLoanIn, who: agent.PartyBank},
	{class: match{contains, []string{"结息", "利息", "收益"}}, flow: agent.FlowIn, not: self | person, kind: agent.KindInterest, who: agent.PartyBank},
	{class: match{contains, []string{"基金", "理财", "赎回", "申购", "定期", "定存", "银证", "证券"}}, kind: agent.KindInvestment},
	{class: match{contains, []string{"手续费", "年费", "工本费", "短信费", "账户管理费"}}, flow: agent.FlowOut, kind: agent.KindFee, who: agent.PartyBank},
	{class: match{contains, []string{"ATM", "取款", "取现", "现金支取"}}, flow: agent.FlowOut, kind: agent.KindWithdrawal, who: agent.PartySelf},
	{class: match{contains, []string{"提现"}}, flow: agent.FlowIn, is: platform, kind: agent.KindWithdrawal, who: agent.PartySelf},

	{class: match{contains, []string{"转账", "网转", "汇款", "汇入", "汇出", "转入", "转出", "转存", "转支"}}, is: self, kind: agent.KindOwnTransfer, who: agent.PartySelf},
	{class: match{contains, []string{"转账", "网转", "汇款", "汇入", "汇出", "转入", "转出", "转存", "转支"}}, flow: agent.FlowIn, is: person, kind: agent.KindTransferIn},
	{class: match{contains, []string{"转账", "网转", "汇款", "汇入", "汇出", "转入", "转出", "转存", "转支"}}, flow: agent.FlowOut, is: person, kind: agent.KindTransferOut},

	{class: match{contains, payWords}, is: self, kind: agent.KindOwnTransfer, who: agent.PartySelf},
	{class: match{contains, payWords}, text: match{contains, []string{"零钱充值", "余额充值"}}, flow: agent.FlowOut, kind: agent.KindTopUp, who: agent.PartySelf},
	{class: match{contains, payWords}, text: match{contains, []string{"零钱提现", "余额提现"}}, flow: agent.FlowIn, kind: agent.KindWithdrawal, who: agent.PartySelf},
	{class: match{contains, payWords}, text: match{contains, []string{"还款"}}, flow: agent.FlowOut, kind: agent.KindRepayment, who: agent.PartyBank},
	{class: match{contains, payWords}, text: match{contains, []string{"微信红包"}}, kind: agent.KindRedPacket, who: agent.PartyPerson},
	{class: match{contains, payWords}, text: match{contains, []string{"微信转账", "群收款"}}, flow: agent.FlowIn, kind: agent.KindTransferIn, who: agent.PartyPerson},
	{class: match{contains, payWords}, text: match{contains, []string{"微信转账", "群收款"}}, flow: agent.FlowOut, kind: agent.KindTransferOut, who: agent.PartyPerson},
	{class: match{contains, payWords}, flow: agent.FlowOut, is: medical, kind: agent.KindMedical, who: agent.PartyMerchant},
	{class: match{contains, payWords}, text: match{contains, medicalWords}, not: platform, flow: agent.FlowOut, kind: agent.KindMedical, who: agent.PartyMerchant},
	{class: match{contains, payWords}, flow: agent.FlowOut, kind: agent.KindPurchase, who: agent.PartyMerchant},
}

// The summaries under which banks book payments by card and by phone.
var payWords = []string{"消费", "快捷支付", "一网通支付", "网上支付", "缴费", "代扣", "银联无卡"}

var salaryWords = []string{"工资", "薪资", "薪金", "薪酬", "代发薪", "奖金", "年终奖", "绩效"}

var benefitWords = []string{"养老金", "退休金", "失业保险", "失业金", "社保", "社会保险", "低保", "生育津贴", "工伤", "抚恤"}

var medicalWords = []string{"医院", "药房", "药店", "诊所", "卫生院", "卫生所", "卫生服务", "门诊"}

// What became of an Alipay payment. Money waiting in escrow is pending.
var alipayStates = []stateRule{
	{match{exact, []string{"交易成功", "支付成功", "转账成功", "收款成功", "还款成功", "退款成功", "代付成功", "放款成功", "充值成功", "提现成功"}}, agent.StateSettled},
	{match{exact, []string{"交易关闭", "已关闭"}}, agent.StateClosed},
	{match{contains, []string{"失败"}}, agent.StateFailed},
	{match{prefix, []string{"等待"}}, agent.StatePending},
	{match{suffix, []string{"处理中", "退款中"}}, agent.StatePending},
}

// What became of a WeChat payment. A payment refunded in part has moved money;
// the part that came back has a row of its own.
var wechatStates = []stateRule{
	{match{exact, []string{"支付成功", "已存入零钱", "已存入零钱通", "已转账", "朋友已收钱", "对方已收钱", "已收钱", "已收款", "已到账",
		"提现已到账", "充值完成", "充值成功", "还款成功", "转账成功", "退款成功"}}, agent.StateSettled},
	{match{exact, []string{"已全额退款", "已退款", "对方已退还", "朋友已退还", "已退还"}}, agent.StateRefunded},
	{match{prefix, []string{"已退款(", "已退款（", "已退款￥", "已退款¥"}}, agent.StateSettled},
	{match{exact, []string{"已关闭", "交易关闭", "已取消"}}, agent.StateClosed},
	{match{contains, []string{"失败"}}, agent.StateFailed},
	{match{prefix, []string{"等待", "待"}}, agent.StatePending},
	{match{suffix, []string{"处理中", "提现中", "退款中"}}, agent.StatePending},
}

// How a bank's row was made. The clearing house of a wallet names the wallet
// wherever it stands; the rest is said by the summary.
var channelWords = []struct {
	words      []string
	everywhere bool
	channel    agent.Channel
}{
	{[]string{"财付通", "微信"}, true, agent.ChannelWeChat},
	{[]string{"支付宝"}, true, agent.ChannelAlipay},
	{[]string{"ATM", "取款", "取现", "现金", "现存"}, false, agent.ChannelCash},
	{[]string{"消费", "快捷支付", "银联", "POS"}, false, agent.ChannelCard},
}

// What names say of those who bear them.
var traitWords = []struct {
	words, endings, not []string
	traits              trait
}{
	{words: []string{"公积金", "社会保险", "社保", "社会保障", "财政局", "税务局", "民政局", "失业保险", "医疗保障", "国库", "人民政府"}, traits: public | org},
	{words: []string{"银行", "信用社", "农商行", "信用卡中心"}, traits: bank | org},
	{words: []string{"财付通", "支付宝", "蚂蚁", "微信支付", "理财通", "余额宝", "零钱通"}, traits: platform | org},
	{words: medicalWords, not: []string{"宠物", "动物"}, traits: medical | org},
	{
		words: []string{"公司", "有限", "集团", "企业", "中心", "学校", "大学", "中学", "小学", "幼儿园", "学院", "事务所", "合作社",
			"委员会", "工作室", "经营部", "商行", "超市", "商城", "商家", "平台", "餐厅", "银联"},
		endings: []string{"店", "厂", "局", "院", "部", "所", "社", "馆", "站", "场", "户"},
		traits:  org,
	},
}

// The first characters of common surnames. A name that begins otherwise is not
// taken for a person's: better an unknown row than a company called a friend.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖" +
	"贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦" +
	"俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍喻祁蒲房滕屈饶解牟艾尤阳时穆司卓古吉缪简车项连芦麦褚娄窦" +
	"戚岑景党宫费卜冷晏席卫柏宗瞿桂佟应臧闵苟邬卞姬师栾隋商刁沙荣巫寇桑甄仲虞敖巩明佘查麻苑邝封谈匡鞠惠荆乐冀郁胥班储栗燕楚鄢谌皇诸上"
