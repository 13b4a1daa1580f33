package target

import (
	"fmt"
	"strconv"
	"strings"
)

// Resolve implements disk, by the users and groups of the device. What a
// connection has learned it does not ask again.
func (d *sshDisk) Resolve(user, group string) (ownership, error) {
	uid, err := d.number("user", user, "id -u "+quote(user))
	if err != nil {
		return writer, err
	}
	gid, err := d.number("group", group, groupScript(quote(group)))
	return ownership{uid, gid}, err
}

// groupScript needs no getent, which small systems lack.
func groupScript(name string) string {
	return "{ getent group " + name + " || grep " + quote("^") + name + ": /etc/group; } 2>/dev/null | head -n 1 | cut -d: -f3"
}

func (d *sshDisk) number(kind, name, script string) (int, error) {
	if name == "" {
		return -1, nil
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 {
		return n, nil
	}
	if n, known := d.conn.known(kind + " " + name); known {
		return n, nil
	}
	printed, end, err := d.conn.ask(d.ctx, script+"\n")
	if err != nil {
		return -1, fmt.Errorf("asking for %s %s: %w", kind, name, d.named(err))
	}
	n, err := strconv.Atoi(strings.TrimSpace(printed))
	if err != nil || end.code != 0 {
		return -1, stranger{kind, name}
	}
	d.conn.learn(kind+" "+name, n)
	return n, nil
}

func (c *conn) known(name string) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, known := c.names[name]
	return n, known
}

func (c *conn) learn(name string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names[name] = n
}
