package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"testing"
)

// FuzzArchive holds what comes out of an archive to its bounds, and every refusal to
// one that says what to mend. The bytes are those of an archive or, since a
// changed byte of a packed one seldom says more, of what is packed in it.
func FuzzArchive(f *testing.F) {
	good, err := Build("rego")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, false)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "/.manifest", Size: 2, Mode: 0o600, Typeflag: tar.TypeReg}, {Name: "yanmen", Typeflag: tar.TypeDir},
		{Name: "yanmen/a.rego", Size: 2, Mode: 0o600, Typeflag: tar.TypeReg}, {Name: "../b.rego", Size: 2, Typeflag: tar.TypeReg},
		{Name: "c.rego", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink},
	} {
		if err := w.WriteHeader(&h); err != nil {
			f.Fatal(err)
		}
		if h.Size > 0 {
			io.WriteString(w, "{}")
		}
		f.Add(bytes.Clone(b.Bytes()), true)
	}
	f.Fuzz(func(t *testing.T, archive []byte, plain bool) {
		if plain {
			var b bytes.Buffer
			z, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
			z.Write(archive)
			z.Close()
			archive = b.Bytes()
		}
		files, err := FilesOf(archive)
		if err != nil {
			var r *Refusal
			if !errors.As(err, &r) || r.Code == "" || r.Say("zh") == "" || r.Say("en") == "" {
				t.Fatalf("FilesOf = %v, want a refusal that says what to mend", err)
			}
			return
		}
		n, size := 0, 0
		err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(files, name)
			n, size = n+1, size+len(b)
			if !isBundleFile(name) || !fs.ValidPath(name) {
				t.Errorf("%q is in the bundle", name)
			}
			return err
		})
		if err != nil || n > mostFiles || size > mostBytes {
			t.Errorf("%d files, %d bytes, %v", n, size, err)
		}
	})
}

// FuzzParsePublicKey holds that a key is read as it is written, or is none.
func FuzzParsePublicKey(f *testing.F) {
	_, public, err := NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(public)
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParsePublicKey(b); (k == nil) == (err == nil) {
			t.Errorf("ParsePublicKey = %v, %v", k, err)
		}
	})
}
