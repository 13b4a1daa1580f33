package enginetest

import (
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseKeys(t *testing.T, open Open) {
	story(t, open, "a sealed key is kept, rewrapped and deleted", keyLives)
	story(t, open, "keys are listed by id", keysAreListed)
	story(t, open, "a key that is not sealed is not taken", keyMustBeSealed)
}

func (e estate) holds(key clm.PrivateKey) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.Key(key.ID)
		mustEqual(e.t, "key", got, key)
		return err
	})
}

func keyLives(_ *testing.T, e estate) {
	key := e.key()
	e.holds(key)
	e.refused(clm.KindExists, func(tx engine.Tx) error { return tx.InsertKey(key) })

	rewrapped := key
	rewrapped.Sealed = []byte("sealed again")
	altered := rewrapped
	altered.PublicKey = "something else" // only the sealed form is replaced
	e.write(func(tx engine.Tx) error { return tx.ReplaceKey(altered) })
	e.holds(rewrapped)

	e.write(func(tx engine.Tx) error { return tx.DeleteKey(key.ID) })
	for _, gone := range []func(tx engine.Tx) error{
		func(tx engine.Tx) error { _, err := tx.Key(key.ID); return err },
		func(tx engine.Tx) error { return tx.ReplaceKey(key) },
		func(tx engine.Tx) error { return tx.DeleteKey(key.ID) },
	} {
		e.refused(clm.KindNotFound, gone)
	}
}

func keysAreListed(t *testing.T, e estate) {
	first, second, third := e.key(), e.key(), e.key() // ids sort by age
	for _, c := range []struct {
		page clm.Page
		want []clm.PrivateKey
	}{
		{clm.Page{}, []clm.PrivateKey{first, second, third}},
		{clm.Page{Limit: 2}, []clm.PrivateKey{first, second}},
		{clm.Page{Limit: 2, After: second.ID}, []clm.PrivateKey{third}},
		{clm.Page{After: third.ID}, nil},
	} {
		e.read(func(tx engine.Tx) error {
			keys, err := tx.Keys(c.page)
			mustEqual(t, "keys", keys, c.want)
			return err
		})
	}
}

func keyMustBeSealed(_ *testing.T, e estate) {
	key := newKey()
	key.Sealed = nil
	e.refused(clm.KindInternal, func(tx engine.Tx) error { return tx.InsertKey(key) })
	kept := e.key()
	e.refused(clm.KindInternal, func(tx engine.Tx) error { return tx.ReplaceKey(clm.PrivateKey{ID: kept.ID}) })
	e.holds(kept)
}

func exerciseSettings(t *testing.T, open Open) {
	story(t, open, "a setting is empty until it is set and then the last value", func(t *testing.T, e estate) {
		for _, want := range []string{"", "one", "two", ""} {
			e.write(func(tx engine.Tx) error {
				if want == "" {
					return nil
				}
				return tx.PutSetting("name", want)
			})
			e.read(func(tx engine.Tx) error {
				got, err := tx.Setting("name")
				if want != "" {
					mustEqual(t, "setting", got, want)
				}
				return err
			})
		}
		e.read(func(tx engine.Tx) error {
			got, err := tx.Setting("another")
			mustEqual(t, "another setting", got, "")
			return err
		})
	})
}

func exerciseReplays(t *testing.T, open Open) {
	story(t, open, "a key remembers what it was used for last", func(t *testing.T, e estate) {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.Replay("alice create-web")
			return err
		})
		for _, want := range []clm.Replay{
			{Key: "alice create-web", SubjectID: clm.NewID(), At: dawn},
			{Key: "bob create-web", SubjectID: clm.NewID(), At: dawn},
			{Key: "alice create-web", SubjectID: clm.NewID(), At: dawn.Add(time.Nanosecond)},
		} {
			e.write(func(tx engine.Tx) error { return tx.PutReplay(want) })
			e.read(func(tx engine.Tx) error {
				got, err := tx.Replay(want.Key)
				mustEqual(t, "replay", got, want)
				return err
			})
		}
	})
}
