package work

import (
	"context"
	"log/slog"
)

// quiet hears of what goes wrong in the queue, and not of its counts every few seconds.
type quiet struct{ slog.Handler }

// Enabled implements slog.Handler, as do the methods below.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
