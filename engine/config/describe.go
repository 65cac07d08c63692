package config

import (
	"math"
	"strconv"
	"strings"
)

// mostShown is how many bytes of a value a message repeats.
const mostShown = 60

// describe writes a decoded TOML value for a message.
func describe(value any) string {
	switch value := value.(type) {
	case string:
		return strconv.Quote(shorten(value))
	case int64:
		return strconv.FormatInt(value, 10)
	case bool:
		return strconv.FormatBool(value)
	case float64:
		return describeFloat(value)
	case []any:
		return describeArray(value)
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "an array of tables"
	}
	return "a date or time"
}

// describeFloat writes a float so that it is seen to be one: 1000.0.
func describeFloat(value float64) string {
	if math.IsNaN(value) {
		return "nan"
	}
	if math.IsInf(value, 0) {
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(value, 'g', -1, 64)), "+")
	}
	text := formatFloat(value)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

func describeArray(values []any) string {
	var text strings.Builder
	text.WriteByte('[')
	for i, value := range values {
		if i > 0 {
			text.WriteString(", ")
		}
		if text.Len() > mostShown {
			text.WriteString("...")
			break
		}
		if nested, isArray := value.([]any); isArray && len(nested) > 0 {
			text.WriteString("[...]")
			continue
		}
		text.WriteString(describe(value))
	}
	text.WriteByte(']')
	return text.String()
}

// bare is text for a message, without quotes where it can be printed as it is.
func bare(text string) string {
	text = shorten(text)
	if printable(text) {
		return text
	}
	return strconv.Quote(text)
}

func shorten(text string) string {
	if len(text) <= mostShown {
		return text
	}
	return strings.ToValidUTF8(text[:mostShown], "") + "..."
}
