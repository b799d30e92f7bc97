/**
 * Where an upstream's credentials can come from, besides the configuration itself.
 *
 * <p>{@link dev.cistern.proxy.credential.PasswordFile} reads a password from a file, as Kubernetes
 * mounts secrets; {@link dev.cistern.proxy.credential.DockerConfig} looks into Docker's {@code
 * config.json}; {@link dev.cistern.proxy.credential.CredentialHelper} runs a program that speaks
 * the protocol of Docker's credential helpers. All are {@link
 * dev.cistern.proxy.credential.CredentialSource}s, asked at each use: files are read again when
 * they change ({@code WatchedFile}), programs run again when what they gave is too old or is
 * refused.
 *
 * <p>{@code RegistryKeys} knows the names under which an upstream is looked up. No message and no
 * {@code toString} here holds a secret, nor anything that a helper said.
 */
@NullMarked
package dev.cistern.proxy.credential;

import org.jspecify.annotations.NullMarked;
