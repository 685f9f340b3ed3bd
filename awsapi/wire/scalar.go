package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// appendString writes a JSON string. Unlike encoding/json it leaves <, > and & as they are: AWS does, and people read it.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	plain := 0 // from where on nothing needs more than itself
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		out = append(out, s[plain:i]...)
		if c < utf8.RuneSelf {
			i++
			switch c {
			case '"', '\\':
				out = append(out, '\\', c)
			case '\n':
				out = append(out, '\\', 'n')
			case '\r':
				out = append(out, '\\', 'r')
			case '\t':
				out = append(out, '\\', 't')
			default:
				out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
			}
		} else {
			r, size := utf8.DecodeRuneInString(s[i:])
			out = utf8.AppendRune(out, r) // an invalid byte becomes U+FFFD, since JSON is UTF-8
			i += size
		}
		plain = i
	}
	return append(append(out, s[plain:]...), '"')
}

// appendFloat writes a JSON number. What JSON cannot say travels as a string in AWS JSON.
func appendFloat(out []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(out, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(out, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(out, `"-Infinity"`...)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(out, f, format, -1, bits)
}

// appendTime writes seconds since the epoch with at most three decimals, like 1557119253.821.
func appendTime(out []byte, t time.Time) []byte {
	millis := t.UnixMilli()
	if millis < 0 {
		out, millis = append(out, '-'), -millis
	}
	out = strconv.AppendInt(out, millis/1000, 10)
	rest := millis % 1000
	if rest == 0 {
		return out
	}
	digits := strconv.Itoa(int(1000 + rest))[1:]
	return append(append(out, '.'), strings.TrimRight(digits, "0")...)
}

// integer reads a number that has no fraction, whether it is written 1000, 1e3 or 1000.0, and fits the bits.
func integer(text string, bits int) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, bits); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	// Beyond 2^53 a float cannot tell integers apart, and such a number would have been read above.
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	n := int64(f)
	return n, bits == 64 || (n >= -(1<<(bits-1)) && n < 1<<(bits-1))
}

// float reads a JSON number or one of the three strings that AWS JSON has for what JSON cannot say.
func float(v any, bits int) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(v.String(), bits)
		return f, err == nil
	case string:
		switch v {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

// Times outside of the years 1 to 9999 have no ISO 8601 form and are nobody's creation time.
const (
	minEpochMillis = -62135596800_000
	maxEpochMillis = 253402300799_999
)

// epoch reads seconds since the epoch to the millisecond. It goes through decimal text, since multiplying the float would
// make .820999 of 1557119253.821.
func epoch(text string) (time.Time, bool) {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(seconds) > 1e12 {
		return time.Time{}, false
	}
	millis, err := strconv.ParseInt(strings.Replace(strconv.FormatFloat(seconds, 'f', 3, 64), ".", "", 1), 10, 64)
	if err != nil || millis < minEpochMillis || millis > maxEpochMillis {
		return time.Time{}, false
	}
	return time.UnixMilli(millis).UTC(), true
}

// iso reads ISO 8601, which people write and the aws CLI prints. A time without a zone is UTC.
func iso(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999",
		"2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(time.Millisecond), true
		}
	}
	return time.Time{}, false
}
