// Package durable is for files that outlive the process: replaced as a whole or not at
// all, and locked for as long as a process lives.
//
// It knows the operating system and nothing of ours: not what is in the files.
package durable
