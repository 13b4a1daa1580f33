package store

import "context"

// snapshot reads once, which fixes what the rest of the view sees.
const snapshot = "SELECT COUNT(*) FROM goose_db_version WHERE id = 0"

// View runs fn on one snapshot, beside any writer. See engine.Store.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	s, err := db.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { db.giveBack(s) }()
	err = db.whileBusy(ctx, func() error { return beginView(s) })
	if err != nil {
		return db.explain(err)
	}
	return fn(&Tx{ctx: ctx, db: db, session: s, readOnly: true})
}

func beginView(s *session) error {
	if _, err := s.exec(s.dialect.beginView); err != nil {
		return err
	}
	var none int64
	if _, err := s.first([]any{&none}, snapshot); err != nil {
		_, _ = s.exec("ROLLBACK")
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
	if _, err := s.exec("ROLLBACK"); err != nil {
		_ = s.close()
		s = nil
	}
	db.views <- s
}
