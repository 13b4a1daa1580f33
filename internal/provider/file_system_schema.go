package provider

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

func fileSystemAttributes() map[string]schema.Attribute {
	attributes := keyStoreAttributes()
	for name, attribute := range accessAttributes() {
		attributes[name] = attribute
	}
	attributes["format"] = schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString("pem"),
		Validators: []validator.String{stringvalidator.OneOf("pem", "der", "pkcs7", "pkcs12", "jks")},
		MarkdownDescription: "Format of the files: `pem`, `der`, `pkcs7` (certificate and chain in one PEM file), or the key stores `pkcs12` and `jks`, which hold " +
			"everything in `store_file`. Default: `pem`.",
	}
	attributes["directory"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{directoryValidator},
		MarkdownDescription: "Folder below the device's root directory, with forward slashes: an absolute path on a device that is reached by SSH. Made when it is missing.",
	}
	attributes["certificate_file"] = fileAttribute("Name of the file with the certificate. Without a `chain_file` the intermediate CA certificates follow it, " +
		"unless `push.include_chain` is `false`. Required but for key stores.")
	attributes["key_file"] = fileAttribute("Name of the file with the private key (PKCS#8). Without it no key is put there. " +
		"With `pem` it may be the name in `certificate_file`: the key then follows the certificates in one file, as HAProxy wants it.")
	attributes["chain_file"] = fileAttribute("Name of the file with the CA certificates above, the issuer first, the root last. Only with `pem`.")
	return attributes
}

func fileAttribute(text string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Validators: []validator.String{fileNameValidator}, MarkdownDescription: text}
}

func keyStoreAttributes() map[string]schema.Attribute {
	place := path.MatchRoot("file_system")
	word := func(text string, also ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Validators: append(also, stringvalidator.LengthAtLeast(1)), MarkdownDescription: text}
	}
	secret := func(version, text string) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true, Validators: []validator.String{stringvalidator.AlsoRequires(place.AtName(version))},
			MarkdownDescription: text + " Write-only; raise `" + version + "` when it changes.",
		}
	}
	return map[string]schema.Attribute{
		"store_file":                      fileAttribute("Name of the key store. Required with `pkcs12` and `jks`."),
		"password_wo":                     secret("password_wo_version", "Password of the key store: ASCII, and 6 characters or more with `jks`."),
		"password_wo_version":             versionAttribute("password_wo", int64validator.AlsoRequires(place.AtName("password_wo"))),
		"private_key_password_wo":         secret("private_key_password_wo_version", "Password of the private key in a `jks`; the key store's when it is not set."),
		"private_key_password_wo_version": versionAttribute("private_key_password_wo", int64validator.AlsoRequires(place.AtName("private_key_password_wo"))),
		"alias":                           word("Alias of the private key in a key store. Default: the name of the certificate."),
		"root_alias":                      word("Alias under which the root is an entry of its own in a key store. Without it the root is not put in."),
		"intermediate_aliases":            textsAttribute("Aliases under which intermediates are entries of their own in a key store, the issuer first."),
		"pkcs12_profile": word("How a PKCS#12 file is encrypted: `modern` (AES-256, SHA-256) or `legacy` (3DES, SHA-1), which Java before 8u301 and Windows up to Server 2016 need, or `auto`: the device is asked at each push. Default: `modern`.",
			stringvalidator.OneOf("modern", "legacy", "auto")),
	}
}

var octal = regexp.MustCompile(`^0[0-7]{3}$`)

func accessAttributes() map[string]schema.Attribute {
	name := func(text string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: text}
	}
	return map[string]schema.Attribute{
		"owner": name("User on the device that owns the files. Default: whoever writes them."),
		"group": name("Group on the device that the files belong to. Default: that of whoever writes them."),
		"mode": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.RegexMatches(octal, "must be permission bits in octal, such as \"0640\"")},
			MarkdownDescription: "Permission bits of files with a private key; others than `owner` and `group` never have any. Default: `0600`. " +
				"Files without a private key are readable by everybody.",
		},
	}
}
