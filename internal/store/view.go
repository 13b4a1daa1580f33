package store

import "context"

// View runs fn on one snapshot, beside any writer. See engine.Store.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	s, err := db.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { db.giveBack(s) }()
	if err := db.whileBusy(ctx, func() error { return db.beginView(&s) }); err != nil {
		return db.explain(err)
	}
	return fn(&Tx{ctx: ctx, db: db, session: s, readOnly: true})
}

// beginView begins on the session, or on another in its place where the server
// has hung up on it since it was used last.
func (db *DB) beginView(s **session) error {
	err := beginView(*s)
	if db.dialect.diagnose(err).kind != faultAway {
		return err
	}
	_ = (*s).close()
	if *s, err = openSession(db.reading, db.dialect); err != nil {
		return err
	}
	return beginView(*s)
}

func beginView(s *session) error {
	if err := s.control(s.dialect.beginView); err != nil {
		return err
	}
	if s.dialect.snapshot == "" {
		return nil
	}
	var none int64
	if _, err := s.first([]any{&none}, s.dialect.snapshot); err != nil {
		_ = s.control("ROLLBACK")
		return err
	}
	return nil
}

// borrow waits for a reading connection and opens it on first use.
func (db *DB) borrow(ctx context.Context) (*session, error) {
	if err := ctx.Err(); err != nil {
		return nil, db.explain(err)
	}
	select {
	case s, open := <-db.views:
		if !open {
			return nil, db.closed()
		}
		return db.opened(s)
	case <-ctx.Done():
		return nil, db.explain(ctx.Err())
	}
}

func (db *DB) opened(s *session) (*session, error) {
	if s != nil {
		return s, nil
	}
	s, err := openSession(db.reading, db.dialect)
	if err != nil {
		db.views <- nil
	}
	return s, db.explain(err)
}

// giveBack ends the view. A connection that cannot even roll back is replaced.
func (db *DB) giveBack(s *session) {
	if s != nil && s.control("ROLLBACK") != nil {
		_ = s.close()
		s = nil
	}
	db.views <- s
}
