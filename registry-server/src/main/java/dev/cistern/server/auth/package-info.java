/**
 * Who may use this server. {@link dev.cistern.server.auth.PasswordFile} is a htpasswd file, {@link
 * dev.cistern.server.auth.BasicAuthentication} asks clients for a user name and a password of it.
 * Passwords are checked on {@link dev.cistern.server.auth.AuthThreads}, never on an I/O thread.
 *
 * <p>No message, log line or {@code toString} of this package contains a password, a hash or a
 * token.
 */
@NullMarked
package dev.cistern.server.auth;

import org.jspecify.annotations.NullMarked;
