package config

import (
	"fmt"
	"strings"
)

// Nearest gives the option that word is most likely a slip for, or "" if none is near: at most a third of its letters, and at least two, may differ.
func Nearest(word string, options []string) string {
	if len(word) > 64 { // longer than any key; the distance takes quadratic time
		return ""
	}
	best, bestDistance := "", 0
	for _, option := range options {
		distance := editDistance(strings.ToLower(word), option)
		if distance <= max(2, len(option)/3) && distance < len(option) && (best == "" || distance < bestDistance) {
			best, bestDistance = option, distance
		}
	}
	return best
}

// editDistance counts the insertions, deletions, substitutions and swaps of neighbours that turn a into b, no letter being edited twice (optimal
// string alignment, after Damerau 1964).
func editDistance(a, b string) int {
	from, to := []rune(a), []rune(b)
	distance := make([][]int, len(from)+1)
	for i := range distance {
		distance[i] = make([]int, len(to)+1)
		for j := range distance[i] {
			switch {
			case i == 0 || j == 0:
				distance[i][j] = i + j
				continue
			case from[i-1] == to[j-1]:
				distance[i][j] = distance[i-1][j-1]
			default:
				distance[i][j] = 1 + min(distance[i-1][j-1], distance[i-1][j], distance[i][j-1])
			}
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				distance[i][j] = min(distance[i][j], 1+distance[i-2][j-2])
			}
		}
	}
	return distance[len(from)][len(to)]
}

// unknownSection is the problem with a section that is not in the table.
func unknownSection(section string) string {
	if near := Nearest(section, sections()); near != "" {
		return fmt.Sprintf("unknown section [%s]; did you mean [%s]?", bare(section), near)
	}
	return fmt.Sprintf("unknown section [%s]; the sections are %s", bare(section), strings.Join(sections(), ", "))
}

// unknownKey is the problem with a key that is not in the table, in a section that is.
func unknownKey(section, name string) string {
	problem := fmt.Sprintf("unknown key %q in [%s]; ", shorten(name), section)
	if near := Nearest(name, names(section)); near != "" {
		return problem + fmt.Sprintf("did you mean %q?", near)
	}
	for _, other := range sections() {
		if near := Nearest(name, names(other)); near != "" {
			return problem + fmt.Sprintf("did you mean %q in [%s]?", near, other)
		}
	}
	return problem + "its keys are " + strings.Join(names(section), ", ")
}

// strayKey is the problem with a key that stands in no section.
func strayKey(name string) string {
	for _, section := range sections() {
		if near := Nearest(name, names(section)); near != "" {
			return fmt.Sprintf("key %q is in no section; did you mean %q in [%s]?", shorten(name), near, section)
		}
	}
	return fmt.Sprintf("key %q is in no section; the sections are %s", shorten(name), strings.Join(sections(), ", "))
}
