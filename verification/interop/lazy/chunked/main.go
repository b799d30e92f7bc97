// A lazy client: the libraries of Podman, Buildah, skopeo and CRI-O. They write zstd:chunked layers, and pull only those
// chunks of such a layer, or of an eStargz one, that their storage does not have.
//
//	lazy-chunked push DIRECTORY REFERENCE   pushes the image of an OCI layout with zstd:chunked layers
//	lazy-chunked pull REFERENCE STORAGE     pulls into a storage, and prints a line for each file of the image: the
//	                                        SHA-256 and the name
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"time"

	"go.podman.io/image/v5/copy"
	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/oci/layout"
	"go.podman.io/image/v5/pkg/compression"
	"go.podman.io/image/v5/signature"
	"go.podman.io/image/v5/storage"
	"go.podman.io/image/v5/types"
	store "go.podman.io/storage"
	"go.podman.io/storage/pkg/reexec"
)

func main() {
	if reexec.Init() {
		return
	}
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == "push":
		err = push(ctx, args[1], args[2])
	case len(args) == 3 && args[0] == "pull":
		err = pull(ctx, args[1], args[2])
	default:
		log.Print("usage: lazy-chunked push DIRECTORY REFERENCE | pull REFERENCE STORAGE")
		os.Exit(2)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func push(ctx context.Context, directory, reference string) error {
	from, err := layout.NewReference(directory, "")
	if err != nil {
		return err
	}
	to, err := docker.ParseReference("//" + reference)
	if err != nil {
		return err
	}
	registry := plainHTTP()
	registry.CompressionFormat = &compression.ZstdChunked
	return transfer(ctx, to, from, &copy.Options{DestinationCtx: registry, ForceCompressionFormat: true})
}

func pull(ctx context.Context, reference, directory string) error {
	from, err := docker.ParseReference("//" + reference)
	if err != nil {
		return err
	}
	images, err := store.GetStore(store.StoreOptions{
		GraphRoot:       filepath.Join(directory, "root"),
		RunRoot:         filepath.Join(directory, "run"),
		GraphDriverName: "overlay",
		PullOptions: map[string]string{
			"enable_partial_images": "true",
			// An eStargz layer does not say how its archive was made.
			"insecure_allow_unpredictable_image_contents": "true",
		},
	})
	if err != nil {
		return err
	}
	defer images.Shutdown(true)
	to, err := storage.Transport.ParseStoreReference(images, "image")
	if err != nil {
		return err
	}
	if err := transfer(ctx, to, from, &copy.Options{SourceCtx: plainHTTP()}); err != nil {
		return err
	}
	image, err := images.Image("docker.io/library/image:latest")
	if err != nil {
		return err
	}
	mount, err := images.MountImage(image.ID, nil, "")
	if err != nil {
		return err
	}
	defer images.UnmountImage(image.ID, true)
	return list(mount)
}

func list(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, file); err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		fmt.Printf("%x  %s\n", hash.Sum(nil), name)
		return err
	})
}

func transfer(ctx context.Context, to, from types.ImageReference, options *copy.Options) (err error) {
	accept := &signature.Policy{Default: []signature.PolicyRequirement{signature.NewPRInsecureAcceptAnything()}}
	policy, err := signature.NewPolicyContext(accept)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, policy.Destroy()) }()
	_, err = copy.Image(ctx, policy, to, from, options)
	return err
}

func plainHTTP() *types.SystemContext {
	return &types.SystemContext{DockerInsecureSkipTLSVerify: types.OptionalBoolTrue, ArchitectureChoice: "amd64"}
}
