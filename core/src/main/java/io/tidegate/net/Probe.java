package io.tidegate.net;

/// Placeholder for the first build.
public interface Probe {}
