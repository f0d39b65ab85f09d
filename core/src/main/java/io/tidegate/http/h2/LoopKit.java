package io.tidegate.http.h2;

import io.tidegate.http.HttpDate;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http2RequestReader;
import io.tidegate.net.Loop;

/// What all HTTP/2 connections of one loop share, each for the length of a call.
///
/// @param reader for decoded sections
/// @param builder for heads
/// @param date of answers that we make
record LoopKit(Http2RequestReader reader, HeadBuilder builder, HttpDate date) {
  static LoopKit on(Loop loop, Http2Limits limits) {
    return new LoopKit(
        new Http2RequestReader(limits.fields()), new HeadBuilder(), new HttpDate(loop));
  }
}
