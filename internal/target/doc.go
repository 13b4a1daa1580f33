// Package target puts file sets on devices and looks at them: it checks that a
// device answers, tells whether an install could work, installs, observes and
// removes. It is the engine's hand, not its head: it knows no store, no work
// orders and no Terraform, and it decides nothing about what should be where.
//
// A device is reached in the way its entity says; today that is a folder of
// the machine this process runs on (clm.Local).
//
// # What is on the disk
//
// All files of a set switch together, because a set's names are links through
// one other link, and renaming that one is a single atomic act:
//
//	<root>/<directory>/NAME                       -> .clm/<owner>/current/NAME
//	<root>/<directory>/.clm/<owner>/current       -> v-<random>
//	<root>/<directory>/.clm/<owner>/v-<random>/NAME
//	<root>/<directory>/.clm/<owner>/lock          held while anything here changes
//	<root>/<parent>/.clm/.made/<name>             we made the folder <parent>/<name>
//
// Folders are 0755 and files 0644, so that servers running as other users can
// read them; a secret file is 0600 from its first byte on. A folder that we
// made goes when Remove leaves it empty.
//
// # The invariant
//
// At every instant, through kill -9, whoever reads the names of a set finds
// files of one version only. On the very first install the names appear
// together; before that they show nothing. Where somebody put files in the place
// of our links, the names go from those, as a whole, to the new version.
package target
