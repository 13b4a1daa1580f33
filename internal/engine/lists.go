package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// RevocationList is the newest list of a CA certificate, which is given by the id or
// name of its slot, meaning the one that signs now, or by its fingerprint. A list
// that is due is signed first. That publishes what is recorded and changes nothing
// else of the estate, so reading may do it.
//
// Whether it is due is decided again in the transaction that signs, and the number
// is compared there: of many that ask at once one signs. Before the commit nothing
// has happened; after it the next to ask finds the list.
func (e *Engine) RevocationList(ctx context.Context, by clm.Principal, ref string) (list clm.RevocationList, err error) {
	due := clm.ListDue("")
	err = e.view(ctx, func(tx Tx) error {
		_, list, due, err = listOf(tx, ref, e.now())
		return err
	})
	if err != nil || due == "" {
		return list, err
	}
	err = e.update(ctx, by, func(c change) error {
		a, newest, due, err := listOf(c.Tx, ref, c.now)
		if list = newest; err != nil || due == "" {
			return err
		}
		list, err = c.signList(a, newest, due, clm.ListEnd(a.anchor.NotAfter, c.now))
		return err
	})
	return list, err
}

// PublishedList is the list of a CA certificate for relying parties, who know it by
// its fingerprint.
func (e *Engine) PublishedList(ctx context.Context, by clm.Principal, fingerprint string) (clm.RevocationList, error) {
	if !isFingerprint(fingerprint) {
		return clm.RevocationList{}, clm.Errorf(clm.KindNotFound, "there is no revocation list of that name")
	}
	return e.RevocationList(ctx, by, fingerprint)
}

func isFingerprint(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == sha256.Size && strings.ToLower(text) == text
}

// RevocationLists are the newest lists of every CA certificate in a slot that has
// signed, the one that signs now first. Who verifies by lists needs all of them.
func (e *Engine) RevocationLists(ctx context.Context, by clm.Principal, ref string) ([]clm.RevocationList, error) {
	refs := []string{ref}
	root, err := e.Root(ctx, ref)
	if err == nil {
		refs = nil
		for _, a := range authoritiesOf(root) {
			refs = append(refs, a.FingerprintSHA256)
		}
	}
	if err = unlessNotFound(err); err != nil {
		return nil, err
	}
	var lists []clm.RevocationList
	for i, ref := range refs {
		list, err := e.RevocationList(ctx, by, ref)
		if i > 0 && clm.KindOf(err) == clm.KindRefused {
			continue // the other certificate signs no lists; it may be a root that is only trusted
		}
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	return lists, nil
}

// Revoked is what a list says.
func Revoked(list clm.RevocationList) ([]clm.Revocation, error) {
	parsed, err := pki.ReadCRL(list.Complete)
	return revocationsOf(parsed), err
}

// listOf reads the newest list of a CA, which is empty when there is none, and
// whether the next one is due. A CA whose key is gone signs no more.
func listOf(tx Tx, ref string, now time.Time) (a authority, newest clm.RevocationList, due clm.ListDue, err error) {
	if a, err = authorityFor(tx, ref); err != nil {
		return a, newest, due, err
	}
	newest, err = tx.RevocationList(a.FingerprintSHA256)
	switch {
	case clm.KindOf(err) == clm.KindNotFound && err != nil:
		return a, newest, clm.ShouldSignList(nil, a.anchor.NotAfter, now), unlessAlive(a, now, err)
	case err != nil || a.anchor.KeyID == "":
		return a, newest, "", err
	}
	return a, newest, clm.ShouldSignList(&newest, a.anchor.NotAfter, now), nil
}

// unlessAlive keeps the error that there is no list where there will be none.
func unlessAlive(a authority, now time.Time, err error) error {
	if now.Before(a.anchor.NotAfter) {
		return nil
	}
	return err
}
