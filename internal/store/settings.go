package store

// Setting is a fact about the estate, "" when it was never set.
func (tx *Tx) Setting(name string) (value string, err error) {
	_, err = tx.first([]any{&value}, "SELECT value FROM settings WHERE name = ?", name)
	return value, err
}

// PutSetting sets a fact about the estate.
func (tx *Tx) PutSetting(name, value string) error {
	_, err := tx.exec("INSERT INTO settings (name, value) VALUES (?, ?)"+
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}
