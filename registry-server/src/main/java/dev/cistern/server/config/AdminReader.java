package dev.cistern.server.config;

/** Reads {@code http.admin}. */
final class AdminReader {

  private AdminReader() {}

  /**
   * @param clients the address of {@code http.addr}
   */
  static AdminConfig read(Section http, ListenAddress clients) {
    boolean hasDebug = http.hasValue("debug", "addr");
    return http.section("admin", admin -> read(admin, clients, hasDebug));
  }

  private static AdminConfig read(Section admin, ListenAddress clients, boolean hasDebug) {
    AdminConfig config =
        new AdminConfig(
            admin.value(
                "disabled",
                AdminConfig.DEFAULT.use(),
                ValueParser.flag(AdminConfig.Use.DISABLED, AdminConfig.Use.ENABLED)),
            admin.optional(
                "addr", text -> HttpReader.otherAddress(ListenAddress.parse(text), clients)),
            admin.path("htpasswd"));
    if (admin.text("htpasswd").isEmpty()) {
      config.refusalOfAddress().ifPresent(refusal -> admin.error("addr", refusal));
    }
    boolean hasPage = admin.node("addr").isPresent() || hasDebug;
    if (config.use() == AdminConfig.Use.ENABLED && config.htpasswd().isPresent() && !hasPage) {
      admin.warning(
          "htpasswd",
          "has no effect: there is no status page; set http.admin.addr, or http.debug.addr");
    }
    return config;
  }
}
