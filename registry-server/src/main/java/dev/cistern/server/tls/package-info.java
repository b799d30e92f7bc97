/**
 * TLS for the listener and towards the upstream, from the PEM files that operators have.
 *
 * <p>{@link dev.cistern.server.tls.TlsContext}, for the listener, and {@link
 * dev.cistern.server.tls.UpstreamTls} are all that the server sees. Behind them, {@code
 * IdentityFiles} turns the two files of a section into a {@code ServerIdentity} — a certificate
 * chain and the private key that belongs to its first certificate — and {@code WatchedIdentity} does so
 * again when the files have changed, so that a renewed certificate is served without a restart.
 * {@code IdentityKeyManager} shows JSSE the identity of the moment.
 *
 * <p>Reading goes in three steps. {@code Pem} cuts the text into blocks (RFC 7468), {@code
 * CertificateChain} and {@code PrivateKeys} pick those that they want, and {@code Pkcs8} wraps keys
 * in the two older forms, PKCS#1 and SEC1, into the one form that Java reads. The last step is why
 * there is a little DER in here: the JDK has no PEM reader before version 25, and Bouncy Castle,
 * whose reader would do, is some ten megabytes in a jar that is meant to start in half a second.
 *
 * <p>Whatever is wrong with a file comes out as an {@link java.io.IOException} of one line that
 * names the configuration key and the file and says what to do. No message, and no {@code
 * toString}, holds anything of what was read from inside a private key.
 */
@NullMarked
package dev.cistern.server.tls;

import org.jspecify.annotations.NullMarked;
