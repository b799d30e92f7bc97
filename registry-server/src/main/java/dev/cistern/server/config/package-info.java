/**
 * What the operator asked for, as values.
 *
 * <p>{@link dev.cistern.server.config.ConfigLoader} reads Distribution's {@code config.yml}, lays
 * the {@code REGISTRY_*} environment over it and yields a {@link
 * dev.cistern.server.config.ServerConfig} with every default filled in, together with the warnings
 * that the operator should see; or a {@link dev.cistern.server.config.ConfigException} that lists
 * everything that is wrong with the file at once, each problem with its file, line and key.
 */
@NullMarked
package dev.cistern.server.config;

import org.jspecify.annotations.NullMarked;
