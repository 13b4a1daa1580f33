# Shared by tools/cli/ensure, tools/cli/demo-cli and tools/bin: where built
# tools live, and how one is built from its pinned module exactly once.
# To be sourced by bash; it runs nothing by itself.

# An rc file named there may not exist, and Terraform warns about that on every
# command. Neither may a look-up of newer versions slow down or colour a test.
unset TF_CLI_CONFIG_FILE
export CHECKPOINT_DISABLE=1

# cache_dir prints the folder that holds built tools. It lies outside the clone
# so that a fresh clone does not build everything again.
cache_dir() {
	printf '%s\n' "${CLM_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-clm}"
}

# pinned_version FOLDER MODULE prints the version, without its "v", that
# FOLDER/go.mod pins for MODULE.
pinned_version() {
	awk -v module="$2" '
		$1 == "require" { sub(/^[ \t]*require[ \t]+/, "") }
		$1 == module && $2 ~ /^v/ { print substr($2, 2); exit }
	' "$1/go.mod"
}

# cli_version BINARY prints what BINARY calls itself, such as "Terraform 1.11.4"
# or "OpenTofu 1.12.6"; nothing when it cannot be run.
cli_version() {
	"$1" version 2>/dev/null | sed -n '1s/^\([A-Za-z]*\) v\([0-9][^ ]*\).*$/\1 \2/p' || true
}

# on_path NAME prints the absolute path of the command NAME; it fails, silently,
# when PATH has none.
on_path() {
	local found
	found=$(type -P "$1") || return 1
	printf '%s/%s\n' "$(cd "$(dirname "$found")" && pwd)" "$(basename "$found")"
}

# build_once FOLDER PACKAGE LDFLAGS TARGET MESSAGE builds PACKAGE with the
# versions FOLDER/go.mod pins, into TARGET. The binary appears by a rename, so
# it is either whole or absent; of two builds at once the second waits for the
# first and then finds its result. Whatever the caller's Go environment says,
# the build is static, for this machine, and checked against FOLDER/go.sum.
build_once() (
	folder=$1 package=$2 ldflags=$3 target=$4 message=$5
	[ -x "$target" ] && exit 0

	mkdir -p "$(dirname "$target")" || exit
	if type -P flock >/dev/null; then
		exec 9>"$target.lock"
		flock 9
		[ -x "$target" ] && exit 0
		rm -f "$target".partial.* # left by a build that was killed
	fi

	echo "$message" >&2
	partial=$target.partial.$$
	trap 'rm -f "$partial" "$partial.log"' EXIT
	trap 'exit 130' INT TERM HUP
	cd "$folder" || exit
	if ! env -u GOEXPERIMENT -u GODEBUG \
		GOOS="$(go env GOHOSTOS)" GOARCH="$(go env GOHOSTARCH)" \
		GOFLAGS=-mod=readonly GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0 \
		go build -trimpath -buildvcs=false \
		-ldflags "-s -w $ldflags" -o "$partial" "$package" >"$partial.log" 2>&1 9>&-; then
		cat "$partial.log" >&2
		echo "building $package in $folder failed; the lines above are from go build" >&2
		exit 1
	fi
	mv "$partial" "$target"
)
