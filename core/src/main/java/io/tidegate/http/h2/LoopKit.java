package io.tidegate.http.h2;

import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http2RequestReader;

/// What all HTTP/2 connections of one loop share, each for the length of a call.
///
/// @param reader for decoded sections
/// @param builder for heads
record LoopKit(Http2RequestReader reader, HeadBuilder builder) {
  static LoopKit within(Http2Limits limits) {
    return new LoopKit(new Http2RequestReader(limits.fields()), new HeadBuilder());
  }
}
