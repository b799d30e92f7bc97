package dev.cistern.proxy.internal.fetch;

import dev.cistern.proxy.content.Requester;

/** Asks ahead of clients, and waits until a test says otherwise. */
final class Ahead implements Requester {

  volatile boolean waiting = true;

  @Override
  public String client() {
    return "ahead";
  }

  @Override
  public boolean asksAhead() {
    return true;
  }

  @Override
  public boolean isWaiting() {
    return waiting;
  }
}
