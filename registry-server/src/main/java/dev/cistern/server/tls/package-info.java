/**
 * TLS for the listener and towards the upstream, from the PEM files that operators have.
 *
 * <p>The server uses {@link dev.cistern.server.tls.TlsContext}, for the listener, and {@link
 * dev.cistern.server.tls.UpstreamTls}. Behind them, {@code IdentityFiles} turns the two files of a
 * section into a {@code ServerIdentity}: a certificate chain and the private key of its first
 * certificate. {@code WatchedIdentity} does so again after the files have changed, so that a
 * renewed certificate needs no restart. {@code IdentityKeyManager} gives JSSE the current identity.
 *
 * <p>There are three steps. {@code Pem} splits the text into blocks (RFC 7468). {@code
 * CertificateChain} and {@code PrivateKeys} choose the blocks that they need. {@code Pkcs8}
 * converts keys in the two older formats, PKCS#1 and SEC1, into the one that Java reads. The last
 * step needs a part of DER: the JDK has no PEM reader before version 25, and Bouncy Castle has
 * about ten megabytes, too much for a jar that should start in half a second.
 *
 * <p>An error in a file is an {@link java.io.IOException}. Its message is one line, names the
 * configuration key and the file, and says what to do. No message and no {@code toString} shows
 * anything from inside a private key.
 */
@NullMarked
package dev.cistern.server.tls;

import org.jspecify.annotations.NullMarked;
