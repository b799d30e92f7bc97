package dev.cistern.proxy.upstream.http;

/** The part of an answer that must be received before the deadline, in addition to the headers. */
enum DeadlineScope {
  /** Nothing more: the body may take any time, as long as bytes keep coming. */
  HEADERS,
  /** The whole body. */
  WHOLE
}
