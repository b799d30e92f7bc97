package dev.cistern.server.config;

/**
 * A valid configuration, with its text as the server uses it.
 *
 * @param yaml all values with the place that each comes from, without secrets
 */
public record EffectiveConfig(LoadedConfig loaded, String yaml) {}
