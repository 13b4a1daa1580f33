package api

// StatusColor shows the state of a certificate as one colour: a pure function
// of its status and the whole days left until it expires. A status other than
// those below is that of a certificate in use.
func StatusColor(status string, daysLeft int64) string {
	switch status {
	case "revoked", "on_hold":
		return "black"
	case "removed": // taken off its device by hand
		return "purple"
	case "push_failed":
		return "gray"
	case "expired":
		return "red"
	}
	switch {
	case daysLeft < 0:
		return "red"
	case daysLeft <= 10:
		return "orange"
	case daysLeft <= 30:
		return "yellow"
	case daysLeft <= 90:
		return "blue"
	}
	return "green"
}
