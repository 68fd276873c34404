package house

import "testing"

// A Chinese reader is told article, paragraph and item as Chinese texts quote them,
// and the section of a standard by its number.
func TestArticleZH_readsAsALawIsQuoted(t *testing.T) {
	for article, want := range map[string]string{
		"9": "第9条", "24 ¶3": "第24条第3款", "62(7)": "第62条第7项", "22 (4)": "第22条第4项", "33–35": "第33至35条",
		"670, 676, 680": "第670、676、680条", "6.1.4.3": " 6.1.4.3", "": " ",
	} {
		if got := articleZH(article); got != want {
			t.Errorf("articleZH(%q) = %q, want %q", article, got, want)
		}
	}
}
