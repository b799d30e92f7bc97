/**
 * The configuration of the server, as values.
 *
 * <p>{@link dev.cistern.server.config.ConfigLoader} reads the {@code config.yml} of Distribution,
 * applies the {@code REGISTRY_*} variables of the environment, and returns a {@link
 * dev.cistern.server.config.ServerConfig} with all defaults, together with warnings for the
 * operator. If the configuration is wrong, it throws a {@link
 * dev.cistern.server.config.ConfigException} that lists all errors, each with its file, line and
 * key.
 *
 * <p>Each default is written once. The {@code DEFAULT} of a record is the only place, and takes the
 * defaults of the cache itself from the types of {@code dev.cistern.proxy}.
 */
@NullMarked
package dev.cistern.server.config;

import org.jspecify.annotations.NullMarked;
