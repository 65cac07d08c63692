package config

import "strings"

// lineNumbers finds the line on which each section and each key of a TOML document stands first. Package toml tells no positions of keys that it
// accepts, and an unknown key is one of those. The document must be one that package toml accepts; of another the answer is of no use.
func lineNumbers(document string) map[place]int { return scan(document).found }

// tableLineNumbers finds the lines on which the tables of each array of tables stand, in their order.
func tableLineNumbers(document string) map[place][]int { return scan(document).tables }

func scan(document string) scanner {
	s := scanner{rest: skipByteOrderMark(document), line: 1, found: make(map[place]int), tables: make(map[place][]int)}
	var table []string
	for s.space(true); s.rest != ""; s.space(true) {
		if s.peek() != '[' {
			s.pair(table)
			continue
		}
		s.skip(1)
		array := s.peek() == '['
		if array {
			s.skip(1)
		}
		line := s.line
		table = s.key()
		s.note(table, line)
		if array && len(table) == 2 {
			s.noteTable(table, line)
		}
		s.rest = strings.TrimLeft(s.rest, " \t]")
	}
	return s
}

// A place is a section, or a key in it.
type place struct {
	section, name string
	isKey         bool // else the name is empty
}

// lineAt gives the line of a byte that package toml complains about. Where that byte is the end of a line, the line in its error is the next.
func lineAt(document string, offset int) int {
	document = skipByteOrderMark(document)
	return 1 + strings.Count(document[:min(max(offset, 0), len(document))], "\n")
}

func skipByteOrderMark(document string) string {
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} { // those that package toml skips
		if rest, found := strings.CutPrefix(document, mark); found {
			return rest
		}
	}
	return document
}

type scanner struct {
	rest  string
	line  int
	found map[place]int

	tables map[place][]int
	depth  int // of tables within a value
}

func (s *scanner) peek() byte {
	if s.rest == "" {
		return 0
	}
	return s.rest[0]
}

// skip moves over n bytes, or to the end of the document.
func (s *scanner) skip(n int) {
	n = min(n, len(s.rest))
	s.line += strings.Count(s.rest[:n], "\n")
	s.rest = s.rest[n:]
}

// until moves to the next of the given characters.
func (s *scanner) until(stops string) string {
	n := strings.IndexAny(s.rest, stops)
	if n < 0 {
		n = len(s.rest)
	}
	text := s.rest[:n]
	s.skip(n)
	return text
}

// space moves over blanks and comments, and over ends of lines if wanted.
func (s *scanner) space(lines bool) {
	for {
		switch c := s.peek(); {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' && lines:
			s.skip(1)
		case c == '#':
			s.until("\n")
		default:
			return
		}
	}
}

// pair moves over "key = value" and notes the key.
func (s *scanner) pair(table []string) {
	before := len(s.rest)
	line := s.line
	path := table
	if name := s.key(); len(path) < 2 { // deeper ones are parts of the value of a key, and copies of their paths would cost the square of the depth
		path = append(path[:len(path):len(path)], name...)
	}
	s.note(path, line)
	if s.peek() == '=' {
		s.skip(1)
	}
	s.space(false)
	s.value(path)
	if len(s.rest) == before {
		s.skip(1) // only what package toml refuses comes here; move on so that the scan ends
	}
}

// key reads a key, dotted and quoted as it may be.
func (s *scanner) key() []string {
	var path []string
	for {
		s.space(false)
		if c := s.peek(); c == '"' || c == '\'' {
			path = append(path, unquote(s.quoted()))
		} else {
			path = append(path, s.until(" \t\r\n.=[]{},#\"'"))
		}
		s.space(false)
		if s.peek() != '.' {
			return path
		}
		s.skip(1)
	}
}

// value moves over a value and notes the keys of tables in it.
func (s *scanner) value(path []string) {
	switch s.peek() {
	case '"', '\'':
		s.quoted()
	case '[':
		s.skip(1)
		for s.space(true); s.rest != "" && s.peek() != ']'; s.space(true) {
			before := len(s.rest)
			s.value(path)
			if len(s.rest) == before {
				s.skip(1) // the comma
			}
		}
		s.skip(1)
	case '{':
		if len(path) == 2 && s.depth == 0 {
			s.noteTable(path, s.line)
		}
		s.depth++
		defer func() { s.depth-- }()
		s.skip(1)
		for s.space(true); s.rest != "" && s.peek() != '}'; s.space(true) {
			if s.peek() == ',' {
				s.skip(1)
			} else {
				s.pair(path)
			}
		}
		s.skip(1)
	default:
		s.until(",]}#\n")
	}
}

// quoted moves over a string of any of the four forms and returns it with its quotes.
func (s *scanner) quoted() string {
	quote := s.rest[:1]
	delimiter := quote
	if strings.HasPrefix(s.rest, quote+quote+quote) {
		delimiter = quote + quote + quote
	}
	end := len(delimiter)
	for end < len(s.rest) && !strings.HasPrefix(s.rest[end:], delimiter) {
		if quote == `"` && s.rest[end] == '\\' {
			end++
		}
		end++
	}
	end += len(delimiter)
	if len(delimiter) == 3 { // up to two quotes may be the end of the text itself
		for extra := 0; extra < 2 && end < len(s.rest) && s.rest[end] == quote[0]; extra++ {
			end++
		}
	}
	end = min(end, len(s.rest))
	text := s.rest[:end]
	s.skip(end)
	return text
}

// unquote gives the text that a quoted key stands for.
func unquote(quoted string) string {
	tree, err := decode("key = " + quoted)
	text, ok := tree["key"].(string)
	if err != nil || !ok {
		return quoted
	}
	return text
}

// noteTable records the line of a table in an array.
func (s *scanner) noteTable(path []string, line int) {
	p := place{path[0], path[1], true}
	s.tables[p] = append(s.tables[p], line)
}

// note records the line of a key and of its section, unless they have one already.
func (s *scanner) note(path []string, line int) {
	places := []place{{section: path[0]}}
	if len(path) > 1 {
		places = append(places, place{path[0], path[1], true})
	}
	for _, p := range places {
		if _, known := s.found[p]; !known {
			s.found[p] = line
		}
	}
}
