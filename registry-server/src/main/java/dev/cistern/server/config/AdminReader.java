package dev.cistern.server.config;

/** Reads {@code http.admin}. */
final class AdminReader {

  private AdminReader() {}

  /**
   * @param clients the address of {@code http.addr}
   */
  static AdminConfig read(Section admin, ListenAddress clients) {
    return new AdminConfig(
        admin.value(
            "disabled",
            AdminConfig.DEFAULT.use(),
            ValueParser.flag(AdminConfig.Use.DISABLED, AdminConfig.Use.ENABLED)),
        admin.optional("addr", text -> HttpReader.otherAddress(ListenAddress.parse(text), clients)),
        admin.path("htpasswd"));
  }
}
