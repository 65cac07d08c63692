package arena

import "testing"

// TestPlacedSpansDoNotOverlap: no two spans that are in use at once share a byte, and the arena of a long chain is that of its longest moment.
func TestPlacedSpansDoNotOverlap(t *testing.T) {
	layout := Layout{Alignment: 64}
	var spans []*Span
	for i := range 40 {
		spans = append(spans, &Span{Bytes: 1000 + 977*i%4096, First: i, Last: i + 1 + i%5})
	}
	total := Place(spans, layout)
	for i, a := range spans {
		if a.Offset%layout.Alignment != 0 || a.Offset+a.Bytes > total {
			t.Errorf("span %d of %d bytes lies at %d of %d", i, a.Bytes, a.Offset, total)
		}
		for _, b := range spans[:i] {
			if a.First <= b.Last && b.First <= a.Last && a.Offset < b.Offset+b.Bytes && b.Offset < a.Offset+a.Bytes {
				t.Errorf("%+v and %+v overlap", *a, *b)
			}
		}
	}
	chain := make([]*Span, 30)
	for i := range chain {
		chain[i] = &Span{Bytes: 6400, First: i, Last: i + 1}
	}
	if total := Place(chain, layout); total != 2*6400 {
		t.Errorf("a chain of equal spans takes %d bytes, want two of them", total)
	}
}
