package config

import (
	"bytes"
	"fmt"
)

// Encode writes the experiment as TOML with every key in the order of the table. Parse gives back an equal Experiment.
func (e *Experiment) Encode() []byte {
	return e.write(func(key) bool { return true })
}

// Canonical writes, as TOML, the keys that change results and no others: runs that differ in name, output, folders of images, checkpoints, device
// or threads alone have the same bytes. Parse accepts it, with defaults for what is left out. Which images and which device a run used is
// not in it: a checkpoint records the digest of the images and the Plan for that.
func (e *Experiment) Canonical() []byte {
	return e.write(func(k key) bool { return !k.neutral })
}

func (e *Experiment) write(wanted func(key) bool) []byte {
	var out bytes.Buffer
	section := ""
	for _, k := range keys() {
		text := k.field.text(e)
		if text == "" || !wanted(k) {
			continue
		}
		section = header(&out, section, k.section)
		fmt.Fprintf(&out, "%s = %s\n", k.name, text)
	}
	return out.Bytes()
}

// header writes [next] where a new section begins, and returns next.
func header(out *bytes.Buffer, section, next string) string {
	if section == next {
		return next
	}
	if section != "" {
		out.WriteByte('\n')
	}
	fmt.Fprintf(out, "[%s]\n", next)
	return next
}

// Differences names the keys that change results and differ, such as "train.batch = 16 (was 8)", in the order of the table. A run is resumed only where there are none.
func Differences(before, after *Experiment) []string {
	var found []string
	for _, k := range keys() {
		old, text := k.field.text(before), k.field.text(after)
		if k.neutral || old == text {
			continue
		}
		found = append(found, fmt.Sprintf("%s = %s (was %s)", k.path(), orAbsent(text), orAbsent(old)))
	}
	return found
}

func orAbsent(text string) string {
	if text == "" {
		return "absent"
	}
	return text
}

// Keys writes every key as a commented TOML document: what it is, which values it may have, its default. Parse accepts the document, which
// is the experiment of all defaults, for 10 minutes.
func Keys() []byte {
	var out bytes.Buffer
	section := ""
	for _, k := range keys() {
		section = header(&out, section, k.section)
		fmt.Fprintf(&out, "# %s\n#   %s; ", k.help, k.field.want)
		switch {
		case k.field.initial != "":
			fmt.Fprintf(&out, "default: %s\n%s = %[1]s\n", k.field.initial, k.name)
		case k.needed:
			fmt.Fprintf(&out, "%s\n%s = %s\n", k.absent, k.name, k.example)
		default:
			fmt.Fprintf(&out, "%s\n# %s = %s\n", k.absent, k.name, k.example)
		}
	}
	return out.Bytes()
}
