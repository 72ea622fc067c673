package intake

import (
	"strings"
	"testing"

	"prescreen/internal/chart"
)

// TestTheTextOfDocumentsIsKept: conclusions and text attachments, decoded, in the cold part; what is no text is a gap or
// nothing, and never stops the document.
func TestTheTextOfDocumentsIsKept(t *testing.T) {
	const records = `{"resourceType":"Patient","id":"p"}
{"resourceType":"DiagnosticReport","id":"r","status":"final","code":{"text":"report"},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-01-02","presentedForm":[{"contentType":"text/plain; charset=utf-8","data":"Tm8gbWFzcy4="},{"contentType":"application/pdf","data":"JVBERg=="}],"conclusion":"Normal."}
{"resourceType":"DocumentReference","id":"d","status":"current","type":{"text":"note"},"subject":{"reference":"Patient/p"},"date":"2026-01-03T10:00:00Z","content":[{"attachment":{"contentType":"text/plain","data":"SGVhcnQgZmFpbHVyZSwgTllIQSBJSS4="}},{"attachment":{"contentType":"text/plain","data":"*"}},{"attachment":{"contentType":"text/plain","url":"Binary/7"}}]}
`
	charts, rejected, err := ReadBundle(t.Context(), Options{}, strings.NewReader(records))
	if err != nil || len(rejected) > 0 || len(charts) != 1 {
		t.Fatal(charts, rejected, err)
	}
	c := charts[0]
	first, documents := c.Of(chart.Document)
	var texts []string
	for i := range documents {
		texts = append(texts, c.Sources[int(first)+i].Text)
	}
	if got := strings.Join(texts, " | "); got != "Normal.\n\nNo mass. | Heart failure, NYHA II." {
		t.Errorf("%q", got)
	}
	if len(c.Gaps) != 1 || c.Gaps[0].Kind != GapText || c.Gaps[0].Pointer != "/content/1/attachment/data" {
		t.Errorf("gaps %+v", c.Gaps)
	}
}
