package dev.cistern.server.http;

import dev.cistern.api.Route;

/**
 * What a client asks for.
 *
 * @param route with the name of the repository in the cache
 * @param name the repository as the client names it, after the upstream if the client chose that
 *     one elsewhere than in the path; empty if the request is for none
 */
public record Asked(Route route, String name) {}
