/**
 * The sources of an upstream's credentials, in addition to the configuration itself.
 *
 * <p>{@link dev.cistern.proxy.credential.PasswordFile} reads a password from a file, such as a
 * Kubernetes secret; {@link dev.cistern.proxy.credential.DockerConfig} reads Docker's {@code
 * config.json}; {@link dev.cistern.proxy.credential.CredentialHelper} runs a program with the
 * protocol of Docker's credential helpers. All are {@link
 * dev.cistern.proxy.credential.CredentialSource}s, which are called at each use: files are read
 * again when they change ({@code WatchedFile}), programs are run again when their answer is too old
 * or refused.
 *
 * <p>{@code RegistryKeys} knows the names of an upstream in these sources. No message and no {@code
 * toString} contains a secret, or any output of a helper.
 */
@NullMarked
package dev.cistern.proxy.credential;

import org.jspecify.annotations.NullMarked;
